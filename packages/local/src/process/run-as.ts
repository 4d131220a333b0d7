import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { HoldpointError } from "@holdpoint/policy";

/**
 * How a program is started so that it is not root and does not outlive us: `command` and `args` to put before it.
 * `uid` and `gid` own what it must write, or are undefined when it runs as ourselves.
 */
export interface Launcher {
  prefix: string[];
  uid?: number;
  gid?: number;
  /** The kernel stops the program when this process dies, however it dies. */
  diesWithParent: boolean;
}

const SETPRIV = "/usr/bin/setpriv";

/** Starts a program as ourselves. Where `setpriv` exists, `signal` reaches it when this process dies. */
export function launcher(signal: "INT" | "TERM"): Launcher {
  if (!hasParentDeathSignal()) return { prefix: [], diesWithParent: false };
  return { prefix: [SETPRIV, "--pdeathsig", signal, "--"], diesWithParent: true };
}

/**
 * PostgreSQL refuses to run as root: as root it is started as the user who owns its data folder, else as the system's
 * `postgres` or `nobody`. When that user cannot reach one of `paths` (a checkout below /root), it is given the right to
 * pass through folders, and nothing more.
 * @throws HoldpointError `root_cannot_start_postgres` when this machine offers no way.
 */
export function unprivilegedLauncher(dataFolder: string, paths: string[]): Launcher {
  if (process.getuid?.() !== 0) return launcher("INT");
  const user = ownerOf(dataFolder) ?? findUser();
  if (!existsSync(SETPRIV)) {
    return { prefix: [], uid: user.uid, gid: user.gid, diesWithParent: false };
  }
  const base = [SETPRIV, `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups", "--no-new-privs"];
  const death = hasParentDeathSignal() ? ["--pdeathsig", "INT"] : [];
  for (const capability of [undefined, "dac_read_search", "dac_override"]) {
    const extra = capability === undefined ? [] : passThrough(capability);
    const prefix = [...base, ...extra, ...death, "--"];
    if (paths.every((path) => canReach(prefix, path))) {
      return { prefix, uid: user.uid, gid: user.gid, diesWithParent: death.length > 0 };
    }
  }
  throw new HoldpointError(
    "conflict",
    "root_cannot_start_postgres",
    `PostgreSQL never runs as root, and the user ${user.name} cannot reach ${paths.join(" and ")}.`,
    { remedy: "Start as another user, or put the checkout and --data-dir where that user may go." },
  );
}

/** The secure bit lets `access(2)`, with which PostgreSQL looks at its own programs, see the capability too. */
function passThrough(capability: string): string[] {
  return ["--securebits=+no_setuid_fixup", `--inh-caps=+${capability}`, `--ambient-caps=+${capability}`];
}

let parentDeath: boolean | undefined;
function hasParentDeathSignal(): boolean {
  parentDeath ??= existsSync(SETPRIV) && spawnSync(SETPRIV, ["--pdeathsig", "TERM", "--", "true"]).status === 0;
  return parentDeath;
}

function canReach(prefix: string[], path: string): boolean {
  const [command = "", ...args] = prefix;
  return spawnSync(command, [...args, "test", "-x", path]).status === 0;
}

/** The owner of a folder that another user made, perhaps the same person before a sudo. */
function ownerOf(folder: string): { name: string; uid: number; gid: number } | null {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found === undefined || found.uid === 0
    ? null
    : { name: `number ${found.uid}`, uid: found.uid, gid: found.gid };
}

function findUser(): { name: string; uid: number; gid: number } {
  for (const name of ["postgres", "nobody"]) {
    try {
      const uid = Number(execFileSync("id", ["-u", name], { stdio: ["ignore", "pipe", "ignore"] }));
      const gid = Number(execFileSync("id", ["-g", name], { stdio: ["ignore", "pipe", "ignore"] }));
      if (uid > 0) return { name, uid, gid };
    } catch {
      continue;
    }
  }
  throw new HoldpointError(
    "conflict",
    "root_cannot_start_postgres",
    "PostgreSQL never runs as root, and this machine has neither a user `postgres` nor `nobody` to run it as.",
    { remedy: "Start as a user who is not root." },
  );
}
