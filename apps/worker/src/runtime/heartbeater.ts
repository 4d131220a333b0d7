import { toHoldpointError } from "@holdpoint/db";
import { heartbeat } from "@holdpoint/db/runtime";
import type { HeartbeatAnswer } from "@holdpoint/db/runtime";
import type { Log } from "../log.ts";
import type { ActiveRun } from "./active-run.ts";
import { moment } from "./clock.ts";
import type { Access } from "./databases.ts";
import type { LeaseClock } from "./lease-clock.ts";
import type { OpenRuns } from "./open-runs.ts";

export interface HeartbeaterOptions {
  access: Access;
  runs: OpenRuns;
  clock: LeaseClock;
  /** What the process says of itself. */
  progress: () => unknown;
  /** The lease is renewed: work may be taken again. */
  onRenewed: () => void;
  onEnded: (reason: string) => void;
  onKilled: () => void;
  log: Log;
}

/** Renews all leases of the process in one call, each L/30 of the shortest lease it holds. */
export class Heartbeater {
  readonly #options: HeartbeaterOptions;
  #timer: NodeJS.Timeout | null = null;
  #failing = false;
  #closed = false;

  constructor(options: HeartbeaterOptions) {
    this.#options = options;
  }

  /** Sends the first one at once, so that what the process says of itself is there from the start. */
  async start(): Promise<void> {
    await this.#beat();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #beat(): Promise<void> {
    const { access, runs, clock, progress, log } = this.#options;
    // A run whose lease was lost is not renewed, so that the fleet can free it.
    const listed: ActiveRun[] = [];
    for (const run of runs.all()) if (run.aborted?.why !== "lost") listed.push(run);
    const sent = moment();
    try {
      const answers = await heartbeat(
        access.databases.heartbeat,
        access.caller,
        listed.map((run) => ({ jobId: run.row.job_id, token: run.row.token, progress: run.takeProgress() })),
        progress(),
      );
      clock.renewed(sent);
      for (const answer of answers) this.#apply(answer, sent);
      if (this.#failing) log.info("the database answers again");
      this.#failing = false;
      this.#options.onRenewed();
    } catch (error) {
      const problem = toHoldpointError(error);
      if (problem.reason === "worker_ended" || problem.reason === "unknown_worker") {
        this.#options.onEnded(problem.message);
        return;
      }
      if (problem.reason === "worker_killed") {
        this.#options.onKilled();
        return;
      }
      if (!this.#failing) log.warn({ error }, "a heartbeat failed; leases are not renewed until it works again");
      this.#failing = true;
    } finally {
      this.#plan();
    }
  }

  #apply(answer: HeartbeatAnswer, sent: ReturnType<typeof moment>): void {
    const run = this.#options.runs.get(answer.token);
    if (run === undefined) return;
    switch (answer.verdict) {
      case "renewed":
        run.renewedAt = sent;
        return;
      case "cancel":
        run.renewedAt = sent;
        run.abort("canceled", "The job was canceled.");
        return;
      case "stop":
        run.renewedAt = sent;
        run.abort("stopped", "A stop covers the job.");
        return;
      case "lost":
        // Settled while the call was under way, or really lost: only the latter still runs.
        if (!run.returned) run.abort("lost", "The lease of the run is gone.");
        return;
      default:
        answer.verdict satisfies never;
    }
  }

  #plan(): void {
    if (this.#closed) return;
    let every = this.#options.clock.times.renewEvery;
    for (const run of this.#options.runs.all()) every = Math.min(every, run.times.renewEvery);
    // After a failure soon again: the database may be back.
    if (this.#failing) every = Math.min(every, 1_000);
    this.#timer = setTimeout(() => {
      this.#beat().catch((error: unknown) => this.#options.log.error({ error }, "a heartbeat went wrong"));
    }, every);
  }
}
