import { performance } from "node:perf_hooks";
import pLimit from "p-limit";
import { readTasks } from "@holdpoint/db/runtime";
import { LANE_QUEUES } from "@holdpoint/policy";
import type { TaskQueue } from "@holdpoint/policy";
import { TASK_CONSUMERS } from "../tasks/index.ts";
import type { TaskTools } from "../tasks/task.ts";

export interface TaskLaneOptions {
  slots: number;
  tools: TaskTools;
  /** A task was carried out here; dispatch may forget it. */
  done: (queue: TaskQueue, taskId: string) => void;
}

/** The recovery lane: tasks of five queues on one pool of slots. A task that fails stays undone and is offered again. */
export class TaskLane {
  readonly name = "recovery";
  readonly queues = LANE_QUEUES.recovery;
  readonly #options: TaskLaneOptions;
  readonly #pool: ReturnType<typeof pLimit>;
  #lastHintAt: number | null = null;
  #turnedAt = performance.now();

  constructor(options: TaskLaneOptions) {
    this.#options = options;
    this.#pool = pLimit(options.slots);
  }

  /** Carries out a message's tasks; resolves when each was tried. */
  async take(queue: TaskQueue, taskIds: readonly string[]): Promise<void> {
    this.#lastHintAt = performance.now();
    const { tools } = this.#options;
    const tasks = await readTasks(tools.access.databases.work, tools.access.caller, taskIds);
    const open = new Set(tasks.map((task) => task.id));
    // What is not open any more was done before.
    for (const id of taskIds) if (!open.has(id)) this.#options.done(queue, id);
    await Promise.all(
      tasks.map((task) =>
        this.#pool(async () => {
          try {
            await TASK_CONSUMERS[queue](task, tools);
            this.#options.done(queue, task.id);
          } catch (error) {
            // Its message is gone: dispatch finds that out and offers the task again.
            tools.log.warn({ error, task: task.id, queue }, "a task failed; it is offered again");
          }
        }),
      ),
    );
  }

  /** The lane goes round: called about each second by the process's one timer. */
  turn(): void {
    this.#turnedAt = performance.now();
  }

  report(): { slots: number; busy: number; waiting: number; turned_ago_ms: number; hint_ago_ms: number | null } {
    const now = performance.now();
    return {
      slots: this.#pool.concurrency,
      busy: this.#pool.activeCount,
      waiting: this.#pool.pendingCount,
      turned_ago_ms: Math.round(now - this.#turnedAt),
      hint_ago_ms: this.#lastHintAt === null ? null : Math.round(now - this.#lastHintAt),
    };
  }
}
