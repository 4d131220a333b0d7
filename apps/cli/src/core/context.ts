import type { PeopleClient } from "@holdpoint/db/people";
import type { Connection } from "../connection/connection.ts";
import type { Paint } from "../format/style.ts";
import type { Clock } from "../format/time.ts";

/** What a command may use of the outside. Made once per process; a command reads nothing else of it. */
export interface Context {
  env: NodeJS.ProcessEnv;
  cwd: string;
  json: boolean;
  dataDir: string | undefined;
  clock: Clock;
  paint: Paint;
  /** A person watches: standard error is a terminal and no JSON was asked for. */
  interactive: boolean;
  /** Aborted by Ctrl-C, from the first time a command asks for it. */
  readonly signal: AbortSignal;
  /** A line for a person, on standard error; nothing with --json. */
  say(line: string): void;
  /**
   * Text on standard output before the command is done, for a command that follows something and has no document.
   * Resolves when it is taken: false when nobody reads any more.
   */
  write(text: string): Promise<boolean>;
  /** Rewrites the one progress line; only on a terminal. Empty text clears it. */
  progress(line: string): void;
  /** Standard input to its end. */
  readInput(): Promise<string>;
  /** Asks a person on the terminal. Throws `invalid` when there is none. */
  ask(question: string, options?: { hidden?: boolean }): Promise<string>;
  /** Where the database's API is and who speaks to it. Throws unavailable when there is nothing to speak to. */
  connect(): Promise<Connection>;
  /** The connection's client, signed in. Throws unauthenticated when nobody is. */
  client(): Promise<PeopleClient>;
}
