import { performance } from "node:perf_hooks";
import { JOB_QUEUES, TASK_QUEUES, isJobQueue } from "@holdpoint/policy";
import type { JobQueue, TaskQueue } from "@holdpoint/policy";
import type { Hint, QueueTransport } from "@holdpoint/queues";
import type { Log } from "../../log.ts";
import type { Access } from "../../runtime/databases.ts";
import type { Duty } from "../duty-loop.ts";
import type { FleetView } from "./fleet-view.ts";
import { FULL_MS, JobQueueDispatch } from "./job-queue.ts";
import { TaskQueueDispatch } from "./task-queue.ts";

const IDLE_MS = 250;
const CAPPED_MS = 25;
const LOOK_UP_EVERY_MS = 1_000;
const TASKS_EVERY_MS = 1_000;

export interface DispatchOptions {
  access: Access;
  transport: QueueTransport;
  fleet: FleetView;
  log: Log;
  /** Asks for another round. */
  wake: () => void;
}

/**
 * Offers what is ready: a window of hints per queue, kept in memory only. Nothing it believes gives anyone a right to
 * run; what it forgets is found again in the jobs table.
 */
export class DispatchDuty implements Duty {
  readonly name = "dispatch";
  readonly #options: DispatchOptions;
  readonly #jobs: ReadonlyMap<JobQueue, JobQueueDispatch>;
  readonly #tasks: ReadonlyMap<TaskQueue, TaskQueueDispatch>;
  #lookedUpAt = 0;
  #tasksAt = -Infinity;
  #markedAt = -Infinity;
  #busy = new Set<JobQueue>();
  #notified = true;

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { access, transport, fleet } = options;
    this.#jobs = new Map(JOB_QUEUES.map((queue) => [queue, new JobQueueDispatch(queue, { access, transport, fleet })]));
    this.#tasks = new Map(TASK_QUEUES.map((queue) => [queue, new TaskQueueDispatch(queue, access, transport)]));
  }

  get intervalMs(): number {
    return Math.min(...[...this.#jobs.values()].map(restOf));
  }

  lead(): void {
    for (const queue of this.#jobs.values()) queue.reset();
    for (const queue of this.#tasks.values()) queue.reset();
  }

  /** The gate answered a hint in this process. */
  answered(queue: JobQueue, hint: Hint, verdict: string | null): void {
    const jobs = this.#jobs.get(queue);
    if (jobs === undefined) return;
    // These stay queued under the same number, perhaps for a worker that knows their type: offering them again at once
    // would only go round in circles, the next look-up (within a second or so) offers them.
    if (verdict === null || verdict === "older" || verdict === "early") {
      jobs.out.doubt(hint.jobId, hint.dispatchNo);
      return;
    }
    jobs.out.answered(hint.jobId, hint.dispatchNo);
    if (jobs.low && !this.#busy.has(queue)) {
      this.#busy.add(queue);
      this.#options.wake();
    }
  }

  /** A run of this process was settled: a full limit may have room again. */
  settled(): void {
    for (const [name, queue] of this.#jobs) {
      if (!queue.capped || this.#busy.has(name)) continue;
      this.#busy.add(name);
      this.#options.wake();
    }
  }

  /** Something was said to be ready: `ready:QUEUE`, or without a queue when it is anywhere. */
  woken(what: string): void {
    const [, queue] = what.split(":");
    if (what === "task") this.#tasksAt = -Infinity;
    else if (queue !== undefined && isJobQueue(queue)) this.#busy.add(queue);
    else this.#notified = true;
    this.#options.wake();
  }

  taskDone(queue: string, taskId: string): void {
    for (const [name, tasks] of this.#tasks) if (name === queue) tasks.done(taskId);
  }

  async runOnce(): Promise<boolean> {
    await this.#options.fleet.refresh();
    await this.#checkMark();
    const all = this.#notified;
    this.#notified = false;
    const busy = this.#busy;
    this.#busy = new Set();
    for (const [name, queue] of this.#jobs) {
      // While one queue is busy the quiet ones are looked at in their own time, not in each of its rounds.
      if (!all && !busy.has(name) && performance.now() - queue.filledAt < restOf(queue)) continue;
      if (await queue.fill()) this.#busy.add(name);
    }
    await this.#fillTasks();
    await this.#lookUp();
    return this.#busy.size > 0;
  }

  async #fillTasks(): Promise<void> {
    const now = performance.now();
    if (now - this.#tasksAt < TASKS_EVERY_MS) return;
    this.#tasksAt = now;
    for (const queue of this.#tasks.values()) while (await queue.fill());
  }

  async #lookUp(): Promise<void> {
    const now = performance.now();
    if (now - this.#lookedUpAt < LOOK_UP_EVERY_MS) return;
    this.#lookedUpAt = now;
    for (const queue of this.#jobs.values()) {
      const lost = await queue.lookUp();
      if (lost > 0)
        this.#options.log.info({ queue: queue.queue, lost }, "hints were lost; their jobs are offered again");
    }
    for (const queue of this.#tasks.values()) await queue.lookUp();
  }

  /** The mark is gone when the queue's memory was wiped: then everything that was out is lost. */
  async #checkMark(): Promise<void> {
    const now = performance.now();
    if (now - this.#markedAt < IDLE_MS) return;
    const { transport, log } = this.#options;
    const present = await transport.epochMarker.present();
    this.#markedAt = now;
    if (present) return;
    await transport.epochMarker.set();
    const out = [...this.#jobs.values()].reduce((sum, queue) => sum + queue.out.size, 0);
    if (out > 0) log.warn({ out }, "the queue was emptied; everything that was out is offered again");
    this.lead();
  }
}

/** Milliseconds after which a queue is looked at again though nothing was said of it. */
function restOf(queue: JobQueueDispatch): number {
  if (queue.capped) return CAPPED_MS;
  return queue.deep ? FULL_MS : IDLE_MS;
}
