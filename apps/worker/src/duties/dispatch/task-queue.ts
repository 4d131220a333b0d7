import { performance } from "node:perf_hooks";
import { pickTasks } from "@holdpoint/db/runtime";
import type { TaskQueue } from "@holdpoint/policy";
import type { QueueTransport } from "@holdpoint/queues";
import type { Access } from "../../runtime/databases.ts";

const WINDOW = 64;
const PER_MESSAGE = 8;
const LOOK_UP_AFTER_MS = 15_000;

/** Offers one task queue's due tasks; a task that is out stays out until it is done or its message is gone. */
export class TaskQueueDispatch {
  readonly queue: TaskQueue;
  readonly #access: Access;
  readonly #transport: QueueTransport;
  readonly #out = new Map<string, { messageId: string; seenAt: number }>();

  constructor(queue: TaskQueue, access: Access, transport: QueueTransport) {
    this.queue = queue;
    this.#access = access;
    this.#transport = transport;
  }

  reset(): void {
    this.#out.clear();
  }

  /** A consumer of this process finished the task, or gave it up. */
  done(taskId: string): void {
    this.#out.delete(taskId);
  }

  async fill(): Promise<boolean> {
    const want = WINDOW - this.#out.size;
    if (want <= 0) return false;
    const { databases, caller } = this.#access;
    const tasks = await pickTasks(databases.dispatch, caller, this.queue, want, [...this.#out.keys()]);
    for (let i = 0; i < tasks.length; i += PER_MESSAGE) {
      const ids = tasks.slice(i, i + PER_MESSAGE).map((task) => task.id);
      const messageId = await this.#transport.addTask(this.queue, ids);
      const now = performance.now();
      for (const id of ids) this.#out.set(id, { messageId, seenAt: now });
    }
    return tasks.length > 0 && this.#out.size < WINDOW;
  }

  async lookUp(): Promise<void> {
    const now = performance.now();
    const old = [...this.#out].filter(([, out]) => now - out.seenAt > LOOK_UP_AFTER_MS);
    const ids = [...new Set(old.map(([, out]) => out.messageId))];
    if (ids.length === 0) return;
    const present = await this.#transport.exists(this.queue, ids);
    for (const [task, out] of old) {
      if (present[ids.indexOf(out.messageId)] ?? true) out.seenAt = now;
      else this.#out.delete(task);
    }
  }
}
