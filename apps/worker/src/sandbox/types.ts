/** The ways a command of a venture can be run, the safest first. */
export const PROVIDER_NAMES = ["bubblewrap", "systemd-run", "none"] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** What a command may use. All hold for the whole tree of processes unless they say otherwise. */
export interface SandboxLimits {
  /** Wall time, after which the tree is asked to end and then killed. */
  timeoutMs: number;
  /** Between SIGTERM and SIGKILL when it is asked to end. */
  graceMs: number;
  /** Anonymous and shared memory of the tree; also the most private memory of one process. */
  memoryBytes: number;
  /** Processes and threads at once. */
  processes: number;
  /** Size of the work folder, and of one file in it. */
  workBytes: number;
  /** Size of /tmp (which holds HOME). */
  tmpBytes: number;
  /** Of one process, in seconds of CPU time. */
  cpuSeconds: number;
  /** Per stream: the first and the last bytes of output that are kept. */
  outputHeadBytes: number;
  outputTailBytes: number;
  /** Kill the tree when stdout and stderr together exceed this; null: cut, but let it go on. */
  outputKillBytes: number | null;
}

const MiB = 1024 * 1024;

export const DEFAULT_LIMITS: SandboxLimits = {
  timeoutMs: 20 * 60_000,
  graceMs: 5_000,
  memoryBytes: 2048 * MiB,
  processes: 256,
  workBytes: 1024 * MiB,
  tmpBytes: 256 * MiB,
  cpuSeconds: 40 * 60,
  outputHeadBytes: 1 * MiB,
  outputTailBytes: MiB / 4,
  outputKillBytes: 1024 * MiB,
};

export interface SandboxSpec {
  /** Run by `/bin/sh -c` in the work folder. */
  command: string;
  /** The host's folder whose content the work folder starts with. Isolating providers copy it and never write to it. */
  folder: string;
  /** Added to PATH, HOME, LANG, CI and TMPDIR; nothing of the worker's own environment is passed on. */
  env?: Record<string, string>;
  limits: SandboxLimits;
  /** Firing asks the tree to end, then kills it. */
  signal: AbortSignal;
  onStdout(text: string): void;
  onStderr(text: string): void;
  /** When the command exits with 0: a tar of `from` (a folder inside the work folder) is written to `file`. */
  output?: { file: string; from: string; maxBytes: number; mtimeSeconds: number };
}

export type KillReason = "aborted" | "timeout" | "memory" | "output" | "disk";

/** How it ended. */
export type SandboxResult = (
  | { end: "exited"; code: number }
  | { end: "killed"; why: KillReason }
  /** The command never ran: the folder does not fit in the sandbox, or (broken) the sandbox could not be made. */
  | { end: "not_started"; why: "unfit" | "broken"; message: string }
  /** The command succeeded, but its output could not be packed, or was larger than allowed. */
  | { end: "not_packed"; message: string }
) & { stdoutBytes: number; stderrBytes: number; output: { bytes: number; sha256: string } | null };

export interface SandboxProvider {
  readonly name: ProviderName;
  /** True when it keeps what the design says from the command. */
  readonly isolated: boolean;
  run(spec: SandboxSpec): Promise<SandboxResult>;
}
