import type { ExitCode } from "./exit-codes.ts";

/** What a command found: one document for scripts, one text for people. Only the runner prints. */
export interface Outcome {
  document: unknown;
  text: string;
  /** Default 0. */
  exit?: ExitCode;
}

/** A list as scripts read it. */
export interface ListDocument<T> {
  items: T[];
  next: string | null;
}

export function list<T>(items: T[], next: string | null = null): ListDocument<T> {
  return { items, next };
}
