import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createReadStream } from "node:fs";
import { endOf } from "./end-of.ts";
import { packFolder, receiveTar } from "./pack.ts";
import type { Received } from "./pack.ts";
import { runScript } from "./script.ts";
import { SAFE_PATH, start } from "./start.ts";
import { supervise } from "./supervise.ts";
import type { Watch } from "./supervise.ts";
import { NODE_INSIDE } from "./toolchain.ts";
import type { Toolchain } from "./toolchain.ts";
import type { KillReason, SandboxLimits, SandboxProvider, SandboxResult, SandboxSpec } from "./types.ts";

/** The files of the host that the unit may write: where a pipe would be, were systemd to pass one on. */
const OUTPUT = "/run/holdpoint/output";
const PROGRESS = "/run/holdpoint/progress";
// The mounted folder belongs to root, and git trusts only a folder of its user.
const TARGETS = { work: "/work/source", output: `>${OUTPUT}`, progress: `>>${PROGRESS}`, close: "" };

/**
 * Runs commands as transient units of the system's own systemd: a user that exists only for the unit, an empty root with
 * the read-only toolchain, size-limited tmpfs, no network, no other processes, and systemd's control group for memory and
 * processes. Needs root and systemd as the first process.
 */
export function systemdRun(toolchain: Toolchain): SandboxProvider {
  return { name: "systemd-run", isolated: true, run: (spec) => run(toolchain, spec) };
}

async function run(toolchain: Toolchain, spec: SandboxSpec): Promise<SandboxResult> {
  const exchange = await mkdtemp(join(tmpdir(), "holdpoint-unit-"));
  const files = {
    output: join(exchange, "output"),
    progress: join(exchange, "progress"),
    root: join(exchange, "root"),
  };
  const unit = `holdpoint-${randomUUID()}.service`;
  try {
    await mkdir(files.root, { mode: 0o755 });
    for (const file of [files.output, files.progress]) {
      await writeFile(file, "");
      await chmod(file, 0o666); // the folder around them is closed to everybody else
    }
    const started = start(command(unit, toolchain, spec, files), {
      env: { PATH: SAFE_PATH },
      stdin: "pipe",
      extra: 0,
      owner: "anyone",
    });
    const leave = new AbortController();
    const sent = packFolder(spec.folder, started.stdin, leave.signal);
    try {
      const supervised = await supervise(started, spec, watchUnit(unit));
      const killed = supervised.killed ?? (await whyItEnded(unit));
      const packed = await takeOutput(files.output, spec);
      return endOf({ ...supervised, killed }, await readFile(files.progress, "utf8"), packed, spec);
    } finally {
      leave.abort();
      await sent;
    }
  } finally {
    await systemctl("stop", unit);
    await systemctl("reset-failed", unit);
    await rm(exchange, { recursive: true, force: true });
  }
}

function command(
  unit: string,
  toolchain: Toolchain,
  spec: SandboxSpec,
  files: { output: string; progress: string; root: string },
): string[] {
  const properties = [
    ...unitProperties(spec.limits, files.root),
    ...toolchain.mounts.map(({ from, to }) => `BindReadOnlyPaths=-${from}:${to}`),
    ...toolchain.links.map(({ at }) => `BindReadOnlyPaths=-${at}:${at}`),
    ...(toolchain.nodeByCopy === null ? [] : [`BindReadOnlyPaths=${toolchain.nodeByCopy}:${NODE_INSIDE}`]),
    ...toolchain.covered.map((path) => `TemporaryFileSystem=${path}:ro`),
    `BindPaths=${files.output}:${OUTPUT}`,
    `BindPaths=${files.progress}:${PROGRESS}`,
  ];
  const env = { PATH: toolchain.path, HOME: "/scratch", TMPDIR: "/scratch", LANG: "C.UTF-8", CI: "1", ...spec.env };
  return [
    ...[
      "systemd-run",
      "--quiet",
      "--pipe",
      "--wait",
      "--service-type=exec",
      `--unit=${unit}`,
      "--description=command of a venture",
    ],
    ...properties.flatMap((property) => ["--property", property]),
    ...Object.entries(env).map(([name, value]) => `--setenv=${name}=${value}`),
    ...["--", "/bin/sh", "-c", runScript(spec, TARGETS), "holdpoint", spec.command],
  ];
}

/** What the unit may do and use. */
export function unitProperties(limits: SandboxLimits, root: string): string[] {
  const tmpfs = (path: string, bytes: number, mode: string): string =>
    `TemporaryFileSystem=${path}:rw,nosuid,nodev,size=${bytes},mode=${mode}`;
  return [
    "DynamicUser=yes",
    `RootDirectory=${root}`,
    "MountAPIVFS=yes",
    "ReadOnlyPaths=/",
    "ReadWritePaths=/work /scratch /run/holdpoint",
    // A dynamic user brings a /tmp on the host's disk, without a limit: nobody gets to use it.
    "InaccessiblePaths=/tmp /var/tmp",
    tmpfs("/work", limits.workBytes, "1777"),
    tmpfs("/scratch", limits.tmpBytes, "1777"),
    "WorkingDirectory=/work",
    "PrivateUsers=yes",
    "PrivateNetwork=yes",
    "PrivateIPC=yes",
    "PrivateDevices=yes",
    "ProtectProc=invisible",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "KeyringMode=private",
    "SystemCallArchitectures=native",
    "SystemCallFilter=~@mount @privileged @debug @module @reboot @swap @obsolete",
    "SystemCallErrorNumber=EPERM",
    "UMask=0022",
    // What lies in the tmpfs folders counts as memory of the unit.
    `MemoryMax=${limits.memoryBytes + limits.workBytes + limits.tmpBytes}`,
    "MemorySwapMax=0",
    "OOMPolicy=kill",
    `TasksMax=${limits.processes}`,
    `LimitNPROC=${limits.processes}`,
    `LimitFSIZE=${Math.max(limits.workBytes, limits.tmpBytes) + 1024 * 1024}`,
    `LimitCPU=${limits.cpuSeconds}`,
    "LimitNOFILE=4096",
    "LimitCORE=0",
    "KillMode=control-group",
    "SendSIGKILL=yes",
    `RuntimeMaxSec=${Math.ceil((limits.timeoutMs + limits.graceMs) / 1000) + 30}`,
  ];
}

function watchUnit(unit: string): Watch {
  return {
    signalAll: async (signal) => void (await systemctl("kill", "--kill-who=all", `--signal=${signal}`, unit)),
    async gone() {
      await systemctl("stop", unit);
    },
    check: () => Promise.resolve(null), // systemd ends the unit itself; why is asked afterwards
  };
}

async function whyItEnded(unit: string): Promise<KillReason | null> {
  const result = (await systemctl("show", "--property=Result", "--value", unit)).trim();
  if (result === "oom-kill") return "memory";
  return result === "timeout" ? "timeout" : null;
}

async function takeOutput(file: string, spec: SandboxSpec): Promise<Received> {
  if (spec.output === undefined || (await stat(file)).size === 0) return null;
  return await receiveTar(createReadStream(file), spec.output);
}

/** What systemctl prints; empty when it fails, as it does for a unit that is gone already. */
async function systemctl(...args: string[]): Promise<string> {
  return await new Promise((resolve) => {
    execFile("systemctl", args, { env: { PATH: SAFE_PATH }, timeout: 30_000 }, (error, stdout) =>
      resolve(error === null ? stdout : ""),
    );
  });
}
