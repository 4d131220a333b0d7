import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What a command may use of this machine: programs and libraries, read-only. */
export interface Toolchain {
  /** bubblewrap's arguments that build the root. */
  mounts: string[];
  /** The worker's own node where the command's user could not reach it by path: it is handed in as a copy. */
  nodeByCopy: string | null;
  /** PATH inside. */
  path: string;
}

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
  const mounts: string[] = [];
  const mounted: string[] = [];
  for (const folder of systemFolders) {
    const found = await lstat(folder).catch(() => null);
    if (found === null) continue;
    if (found.isSymbolicLink()) mounts.push("--symlink", await readlink(folder), folder);
    else {
      mounts.push("--ro-bind", folder, folder);
      mounted.push(folder);
    }
  }
  for (const file of systemFiles) mounts.push("--ro-bind-try", join("/etc", file), join("/etc", file));
  for (const folder of new Set(hidden)) {
    const real = await realpath(folder).catch(() => null);
    if (real !== null && mounted.some((root) => real.startsWith(`${root}/`))) {
      mounts.push("--tmpfs", real, "--remount-ro", real);
    }
  }
  const node = await findNode(mounted, asOther);
  return {
    mounts: [...mounts, ...node.mounts],
    nodeByCopy: node.byCopy,
    path: [...node.path, "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].join(":"),
  };
}

async function findNode(
  mounted: readonly string[],
  asOther: boolean,
): Promise<{ mounts: string[]; byCopy: string | null; path: string[] }> {
  const node = await realpath(process.execPath);
  if (mounted.some((root) => node.startsWith(`${root}/`))) return { mounts: [], byCopy: null, path: [dirname(node)] };
  if (asOther && !(await reachableByOthers(node))) return { mounts: [], byCopy: node, path: ["/opt/node/bin"] };
  // An installation with npm beside it (nvm, a tarball) comes as a whole, a lone binary alone.
  const prefix = dirname(dirname(node));
  const whole = await stat(join(prefix, "lib/node_modules/npm")).catch(() => null);
  const mounts = whole === null ? ["--ro-bind", node, "/opt/node/bin/node"] : ["--ro-bind", prefix, "/opt/node"];
  return { mounts, byCopy: null, path: ["/opt/node/bin"] };
}

async function reachableByOthers(file: string): Promise<boolean> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === "/") return ((await stat(file)).mode & 0o005) === 0o005;
  }
}
