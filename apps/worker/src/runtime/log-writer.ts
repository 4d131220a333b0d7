import { isConnectionLoss, isContention } from "@holdpoint/db";
import { writeLogs } from "@holdpoint/db/runtime";
import type { LogChunk } from "@holdpoint/db/runtime";
import type { Log } from "../log.ts";
import { backoff } from "./backoff.ts";
import type { Access } from "./databases.ts";
import type { RunOutput } from "./run-output.ts";

const EVERY_MS = 300;
const MAX_CHUNKS = 64;

/** Writes the output of all runs, gathered over 300 ms. A run's output is whole in the database before it is settled. */
export class LogWriter {
  readonly #access: Access;
  readonly #log: Log;
  readonly #dirty = new Set<RunOutput>();
  readonly #gaveUp = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(access: Access, log: Log) {
    this.#access = access;
    this.#log = log;
  }

  /** There is something to write; it is written soon. */
  touch(output: RunOutput): void {
    this.#dirty.add(output);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.flush().catch((error: unknown) => this.#log.error({ error }, "output of runs could not be written"));
    }, EVERY_MS);
  }

  /** Resolves when everything written so far is in the database, or this process gave up. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  /** Ends a run's output and writes what is left of it. Answers what the settling event keeps. */
  async finish(output: RunOutput): Promise<{ bytes: number; sha256: string | null }> {
    const end = output.finish();
    this.#dirty.add(output);
    await this.flush();
    return end;
  }

  /** Stops repeating calls that find no database. */
  giveUp(): void {
    this.#gaveUp.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #writeAll(): Promise<void> {
    const chunks = [...this.#dirty].flatMap((output) => output.take());
    this.#dirty.clear();
    for (let i = 0; i < chunks.length; i += MAX_CHUNKS) await this.#write(chunks.slice(i, i + MAX_CHUNKS));
  }

  async #write(chunks: LogChunk[]): Promise<void> {
    for (let attempt = 1; !this.#gaveUp.signal.aborted; attempt++) {
      try {
        await writeLogs(this.#access.databases.work, this.#access.caller, chunks);
        return;
      } catch (error) {
        if (!mayRepeat(error)) {
          this.#log.error({ error, job: chunks[0]?.jobId }, "output of a run was refused and is lost");
          return;
        }
        await backoff(attempt, this.#gaveUp.signal);
      }
    }
  }
}

function mayRepeat(error: unknown): boolean {
  return isContention(error) || isConnectionLoss(error);
}
