import { execFile } from "node:child_process";
import { mkdtemp, readFile, readlink, rm, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { bubblewrap } from "./bubblewrap.ts";
import { findGroupParent } from "./cgroup.ts";
import { keepDescriptors } from "./libc.ts";
import { notIsolated } from "./none.ts";
import type { NoneOptions } from "./none.ts";
import { quote } from "./script.ts";
import { SAFE_PATH } from "./start.ts";
import { systemdRun } from "./systemd-run.ts";
import { findToolchain } from "./toolchain.ts";
import { DEFAULT_LIMITS } from "./types.ts";
import type { ProviderName, SandboxProvider } from "./types.ts";

/** Which sandbox this machine has, and how that is known. */
export interface Isolation {
  provider: SandboxProvider;
  /** What the worker announces: the provider's name, `none` when commands run NOT ISOLATED. */
  name: ProviderName;
  isolated: boolean;
  /** `cgroup`: the kernel holds it for the whole tree; `watched`: it is looked at five times a second. */
  memory: "cgroup" | "watched";
  /** Each provider that was tried, and why it was not taken. */
  tried: { name: ProviderName; works: boolean; reason: string }[];
}

export interface ProbeOptions {
  /** Folders that a command must never see; the data folder above all. */
  hidden: readonly string[];
  groups?: NoneOptions["groups"];
}

/**
 * Finds the safest provider that works here by running a command in it that looks for what it must not see. Takes a
 * tenth of a second; call it once per process.
 */
export async function probeIsolation(options: ProbeOptions): Promise<Isolation> {
  keepDescriptors();
  const hidden = [...options.hidden, homedir()];
  const hasPrlimit = await isHere("prlimit", ["--version"]);
  const tried: Isolation["tried"] = [];
  const missing = await whatIsMissing(hasPrlimit);
  if (missing === null) {
    const groups = await findGroupParent();
    const asOther = process.getuid?.() === 0;
    const provider = bubblewrap({ toolchain: await findToolchain(hidden, asOther), groups });
    const fault = await holds(provider, hidden);
    tried.push({ name: "bubblewrap", works: fault === null, reason: fault ?? "holds" });
    if (fault === null) {
      return { provider, name: "bubblewrap", isolated: true, memory: groups === null ? "watched" : "cgroup", tried };
    }
  } else {
    tried.push({ name: "bubblewrap", works: false, reason: missing });
  }
  const unit = await trySystemd(hidden);
  tried.push(unit.tried);
  if (unit.provider !== null) {
    return { provider: unit.provider, name: "systemd-run", isolated: true, memory: "cgroup", tried };
  }
  tried.push({ name: "none", works: true, reason: "commands run with the worker's own rights" });
  const provider = notIsolated({ hasPrlimit, groups: options.groups });
  return { provider, name: "none", isolated: false, memory: "watched", tried };
}

async function trySystemd(
  hidden: readonly string[],
): Promise<{ provider: SandboxProvider | null; tried: Isolation["tried"][number] }> {
  const no = (reason: string) => ({ provider: null, tried: { name: "systemd-run" as const, works: false, reason } });
  // sd_booted(3): this folder exists only where systemd is the first process.
  if ((await stat("/run/systemd/system").catch(() => null)) === null)
    return no("systemd is not the first process here");
  if (process.getuid?.() !== 0) return no("only root may start units of the system");
  if (!(await systemdHoldsMemory())) return no("the kernel gives systemd no control group for memory");
  const provider = systemdRun(await findToolchain(hidden, true));
  const fault = await holds(provider, hidden);
  if (fault !== null) return no(fault);
  return { provider, tried: { name: "systemd-run", works: true, reason: "holds" } };
}

async function systemdHoldsMemory(): Promise<boolean> {
  const controllers = await readFile("/sys/fs/cgroup/cgroup.controllers", "utf8").catch(() => "");
  return /\bmemory\b/.test(controllers) || (await stat("/sys/fs/cgroup/memory").catch(() => null)) !== null;
}

async function whatIsMissing(hasPrlimit: boolean): Promise<string | null> {
  if (process.platform !== "linux") return `bubblewrap needs Linux, this is ${process.platform}`;
  if (!(await isHere("bwrap", ["--version"]))) return "bubblewrap is not installed";
  if (!hasPrlimit) return "prlimit (util-linux) is not installed";
  if (process.getuid?.() === 0 && !(await isHere("setpriv", ["--version"])))
    return "setpriv (util-linux) is not installed";
  return null;
}

/** Runs the search inside; null when it found nothing that should not be there, else what it found. */
async function holds(provider: SandboxProvider, hidden: readonly string[]): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), "holdpoint-probe-"));
  const words: string[] = [];
  try {
    const result = await provider.run({
      command: await searchCommand(provider.name, hidden.concat(folder)),
      folder,
      limits: { ...DEFAULT_LIMITS, timeoutMs: 15_000, graceMs: 0 },
      signal: new AbortController().signal,
      onStdout: (text) => words.push(text),
      onStderr: (text) => words.push(text),
    });
    const said = words.join("").trim();
    if (result.end === "exited" && result.code === 0 && said === "") return null;
    return said === "" ? `the probe did not run: ${JSON.stringify(result)}` : said.slice(0, 500);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function searchCommand(name: ProviderName, hidden: readonly string[]): Promise<string> {
  // A unit has no pid namespace of its own; it must not see the worker's process all the same.
  const own = name === "systemd-run" ? ["net", "user", "ipc", "mnt"] : ["net", "user", "ipc", "mnt", "pid"];
  const spaces = await Promise.all(
    own.map(async (space) => {
      const ours = await readlink(`/proc/self/ns/${space}`);
      return `[ "$(readlink /proc/self/ns/${space})" != ${quote(ours)} ] || echo "shares the ${space} namespace"`;
    }),
  );
  const files = hidden
    .filter((path) => path !== "/" && path !== tmpdir())
    .map((path) => `[ -z "$(ls -A ${quote(path)} 2>/dev/null)" ] || echo "sees "${quote(path)}`);
  return [
    ...spaces,
    ...files,
    "if (: > /holdpoint) 2>/dev/null; then echo 'can write to the root'; fi",
    "if (: > /usr/holdpoint) 2>/dev/null; then echo 'can write to /usr'; fi",
    "if unshare --user true 2>/dev/null; then echo 'can make user namespaces'; fi",
    "if [ -n \"$(sed 1,2d /proc/net/dev | grep -v ' *lo:')\" ]; then echo 'has a network'; fi",
    ...(name === "systemd-run" ? [`[ ! -e /proc/${process.pid} ] || echo "sees the worker's process"`] : []),
    "true",
  ].join("\n");
}

async function isHere(command: string, args: string[]): Promise<boolean> {
  return await new Promise((resolve) => {
    execFile(command, args, { env: { PATH: SAFE_PATH }, timeout: 5000 }, (error) => resolve(error === null));
  });
}
