import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What a command may use of this machine, read-only: programs and libraries. */
export interface Toolchain {
  /** Folders and files of the host, and where they are inside; those of /etc may be missing. */
  mounts: { from: string; to: string }[];
  /** Links that stand in the root, as /bin does for usr/bin. */
  links: { at: string; to: string }[];
  /** Folders that a mounted one would show and that must not be seen. */
  covered: string[];
  /** The worker's own node where another user could not reach it by its path. */
  nodeByCopy: string | null;
  /** PATH inside. */
  path: string;
}

/** Where the worker's own node is inside, when it lies in no system folder. */
export const NODE_INSIDE = "/opt/node/bin/node";

const systemFolders = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"];
// Of /etc only what programs need to start and to know certificates and zones; no accounts, keys or host names.
const systemFiles = [
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "ssl/certs",
  "ssl/openssl.cnf",
  "alternatives",
  "localtime",
];

/**
 * Finds the toolchain. `hidden` folders that lie below a mounted folder (a data folder in /usr/src, say) are covered
 * by an empty one. `asOther`: the command runs as another user than this process.
 */
export async function findToolchain(hidden: readonly string[], asOther: boolean): Promise<Toolchain> {
  const folders: string[] = [];
  const links: Toolchain["links"] = [];
  for (const folder of systemFolders) {
    const found = await lstat(folder).catch(() => null);
    if (found?.isSymbolicLink() === true) links.push({ at: folder, to: await readlink(folder) });
    else if (found !== null) folders.push(folder);
  }
  const below = (path: string): boolean => folders.some((root) => path.startsWith(`${root}/`));
  const real = await Promise.all(hidden.map((folder) => realpath(folder).catch(() => "")));
  const node = await findNode(below, asOther);
  return {
    mounts: [
      ...folders.map((folder) => ({ from: folder, to: folder })),
      ...systemFiles.map((file) => ({ from: join("/etc", file), to: join("/etc", file) })),
      ...node.mounts,
    ],
    links,
    covered: [...new Set(real)].filter(below),
    nodeByCopy: node.byCopy,
    path: [node.folder, "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].join(":"),
  };
}

async function findNode(
  below: (path: string) => boolean,
  asOther: boolean,
): Promise<{ mounts: Toolchain["mounts"]; byCopy: string | null; folder: string }> {
  const node = await realpath(process.execPath);
  if (below(node)) return { mounts: [], byCopy: null, folder: dirname(node) };
  const inside = dirname(NODE_INSIDE);
  if (asOther && !(await reachableByOthers(node))) return { mounts: [], byCopy: node, folder: inside };
  // An installation with npm beside it (nvm, a tarball) comes as a whole, a lone binary alone.
  const prefix = dirname(dirname(node));
  const whole = await stat(join(prefix, "lib/node_modules/npm")).catch(() => null);
  const mount = whole === null ? { from: node, to: NODE_INSIDE } : { from: prefix, to: dirname(inside) };
  return { mounts: [mount], byCopy: null, folder: inside };
}

async function reachableByOthers(file: string): Promise<boolean> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === "/") return ((await stat(file)).mode & 0o005) === 0o005;
  }
}
