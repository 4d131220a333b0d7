import { setTimeout as delay } from "node:timers/promises";
import { jobLogs, readJobDetail, type JobDetail, type LogChunk, type PeopleClient } from "@holdpoint/db/people";
import { hasEnded, HoldpointError } from "@holdpoint/policy";
import { clean } from "../format/clean.ts";
import { localTime } from "../format/time.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { ignoreAbort, OUTAGE_MS } from "./wait.ts";

const POLL_MS = 500;

interface Follow {
  id: string;
  /** Follow this run alone; null: from the last run on, until the job has ended. */
  runNo: number | null;
  /** Leave control characters as the job wrote them. */
  raw: boolean;
}

/** All pages of a run's output after a chunk, as far as it is written. */
export async function* logPages(
  client: PeopleClient,
  id: string,
  runNo: number,
  after = -1,
): AsyncGenerator<LogChunk[]> {
  let page = await jobLogs(client, id, runNo, after);
  while (page.length > 0) {
    yield page;
    page = await jobLogs(client, id, runNo, page.at(-1)?.chunk_no);
  }
}

/**
 * Prints a job's output as it is written, each chunk once, run after run, until the job has ended, is dead or is
 * quarantined; or until the one run asked for has ended. Says on standard error what it waits for meanwhile. Lives
 * through an outage of up to a minute. Ctrl-C ends the following, never the job.
 */
export async function followLogs(context: Context, client: PeopleClient, follow: Follow): Promise<ExitCode> {
  const follower = new Follower(context, client, follow);
  let lastAnswer = performance.now();
  for (;;) {
    try {
      const exit = await follower.turn();
      if (exit !== null) return exit;
      lastAnswer = performance.now();
    } catch (error) {
      const outage = error instanceof HoldpointError && error.code === "unavailable";
      if (!outage || performance.now() - lastAnswer > OUTAGE_MS) throw error;
      follower.note("Not reachable, trying again.");
    }
    await delay(POLL_MS, undefined, { signal: context.signal }).catch(ignoreAbort);
    if (context.signal.aborted) return await follower.interrupted();
  }
}

class Follower {
  readonly #context: Context;
  readonly #client: PeopleClient;
  readonly #follow: Follow;
  #runNo: number | null;
  /** The last chunk that was printed of that run. */
  #chunkNo = -1;
  #inLine = false;
  #noted = "";

  constructor(context: Context, client: PeopleClient, follow: Follow) {
    this.#context = context;
    this.#client = client;
    this.#follow = follow;
    this.#runNo = follow.runNo;
  }

  /** Prints what is new. Answers the exit code when nothing more can come. */
  async turn(): Promise<ExitCode | null> {
    // Read before the output: a run's output is whole in the database before the run is settled.
    const detail = await readJobDetail(this.#client, this.#follow.id);
    const { job } = detail;
    const last = this.#follow.runNo ?? job.run_no;
    this.#runNo ??= last === 0 ? null : last;
    while (this.#runNo !== null) {
      if (!(await this.#drain(this.#runNo))) return EXIT.done;
      if (this.#context.signal.aborted) return await this.interrupted();
      if (this.#runNo >= last) break;
      await this.#endLine();
      this.#runNo += 1;
      this.#chunkNo = -1;
      this.note(`Run ${this.#runNo}.`);
    }
    return await this.#judge(detail);
  }

  /** A line on standard error, once until another one. */
  note(line: string): void {
    if (line !== this.#noted) this.#context.say(line);
    this.#noted = line;
  }

  async interrupted(): Promise<ExitCode> {
    await this.#endLine();
    this.note(`Stopped following. The job goes on: holdpoint jobs show ${this.#follow.id}`);
    return EXIT.interrupted;
  }

  /** False when nobody reads any more. */
  async #drain(runNo: number): Promise<boolean> {
    for await (const page of logPages(this.#client, this.#follow.id, runNo, this.#chunkNo)) {
      const text = page.map((chunk) => (this.#follow.raw ? chunk.text : clean(chunk.text, true))).join("");
      if (!(await this.#context.write(text))) return false;
      this.#chunkNo = page.at(-1)?.chunk_no ?? this.#chunkNo;
      if (text !== "") this.#inLine = !text.endsWith("\n");
      if (this.#context.signal.aborted) break;
    }
    return true;
  }

  async #judge({ job, runs }: JobDetail): Promise<ExitCode | null> {
    if (this.#follow.runNo !== null) {
      const outcome = runs.find((one) => one.run_no === this.#follow.runNo)?.outcome ?? null;
      if (outcome === null) return null;
      await this.#endLine();
      this.note(`Run ${this.#follow.runNo}: ${outcome}.`);
      return outcome === "succeeded" ? EXIT.done : EXIT.failed;
    }
    if (hasEnded(job.state) || job.state === "dead" || job.state === "quarantined") {
      await this.#endLine();
      this.note(`Job ${job.id}: ${job.state}.`);
      return job.state === "succeeded" ? EXIT.done : EXIT.failed;
    }
    const waits = this.#waitsFor({ job, runs });
    if (waits !== null) {
      await this.#endLine();
      this.note(waits);
    }
    return null;
  }

  /** Why nothing runs now; null while something does. */
  #waitsFor({ job, runs }: Pick<JobDetail, "job" | "runs">): string | null {
    if (job.state === "running") return null;
    const before = runs.find((one) => one.run_no === job.run_no)?.outcome;
    const after = before ? `Run ${job.run_no}: ${before}. ` : "";
    if (job.state === "held") return `${after}Held (${job.held_for ?? "approval"}): a person must answer. Waiting.`;
    if (job.state === "submitted") return `${after}Submitted: policy has not decided yet. Waiting.`;
    const parked = before === "parked" ? "Parked" : "Queued";
    const why = job.blocked_by ? ` (${clean(job.blocked_by)})` : "";
    const later = Date.parse(job.run_at) > this.#context.clock.now();
    return `${after}${parked}${why}${later ? ` until ${localTime(job.run_at, this.#context.clock)}` : ""}. Waiting.`;
  }

  async #endLine(): Promise<void> {
    if (this.#inLine) await this.#context.write("\n");
    this.#inLine = false;
  }
}
