import type { ErrorCode } from "@holdpoint/policy";

/** What the process's exit code tells a script. Documented in docs/cli.md; never renumber. */
export const EXIT = { done: 0, failed: 1, usage: 2, held: 3, refused: 4, unreachable: 5, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_ERROR: Partial<Record<ErrorCode, ExitCode>> = {
  invalid: EXIT.usage,
  refused: EXIT.refused,
  unavailable: EXIT.unreachable,
};

export function exitCodeOf(code: ErrorCode): ExitCode {
  return BY_ERROR[code] ?? EXIT.failed;
}

/** The exit code of a command that waited for a job, from the state it waited for. */
export function exitCodeOfState(state: string): ExitCode {
  switch (state) {
    case "submitted":
    case "queued":
    case "running":
    case "succeeded":
      return EXIT.done;
    case "held":
      return EXIT.held;
    case "refused":
      return EXIT.refused;
    default:
      return EXIT.failed;
  }
}
