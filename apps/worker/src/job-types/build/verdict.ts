import { BadInputError, TimeoutError, TransientError } from "@holdpoint/sdk";
import type { KillReason, SandboxLimits, SandboxResult } from "../../sandbox/index.ts";

/** What a successful command left, or the error whose class says what follows. */
export function throwUnlessBuilt(
  result: SandboxResult,
  limits: SandboxLimits,
  timeoutMs: number,
  signal: AbortSignal,
): { bytes: number; sha256: string } {
  switch (result.end) {
    case "exited":
      if (result.code === 0 && result.output !== null) return result.output;
      throw new BadInputError(`The build command failed with exit code ${result.code}.`, {
        reason: "command_failed",
        remedy: "Read the log, correct the code or the command, and submit a new build.",
      });
    case "killed":
      throw killed(result.why, limits, timeoutMs, signal);
    case "not_packed":
      throw new BadInputError(result.message, { reason: "output_unusable", field: "payload.output" });
    case "not_started":
      if (result.why === "unfit") throw new BadInputError(result.message, { reason: "repository_too_large" });
      // The probe has shown that the sandbox works here: what fails now may pass.
      throw new TransientError(result.message, { reason: "sandbox_failed" });
    default:
      return result satisfies never;
  }
}

function killed(why: KillReason, limits: SandboxLimits, timeoutMs: number, signal: AbortSignal): unknown {
  const past = (what: string, bytes: number | null): BadInputError =>
    new BadInputError(`The build command was ended: it used more ${what} than ${mebibytes(bytes)}.`, {
      reason: `limit_${what.replace(" space", "")}`,
    });
  switch (why) {
    case "aborted":
      return signal.reason;
    case "timeout":
      return new TimeoutError(`The build command took longer than ${Math.round(timeoutMs / 1000)} s.`);
    case "memory":
      return past("memory", limits.memoryBytes);
    case "disk":
      return past("disk space", limits.workBytes);
    case "output":
      return past("output", limits.outputKillBytes);
    default:
      return why satisfies never;
  }
}

function mebibytes(bytes: number | null): string {
  return `${Math.round((bytes ?? 0) / 1024 / 1024)} MiB`;
}
