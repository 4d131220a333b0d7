import { isJobQueue } from "@holdpoint/policy";
import type { Consumer, QueueTransport } from "@holdpoint/queues";
import type { JobLane } from "../lanes/job-lane.ts";
import type { TaskLane } from "../lanes/task-lane.ts";

/**
 * Messages in the lane's hands at once. Of short runs each is acknowledged as soon as its hints are claimed, so a few keep all slots
 * busy. BullMQ fetches up to this many one after the other before it starts the first: with 200 on PostgreSQL, jobs
 * that came at 100 a second waited 1.9 s for their handler.
 */
const MOST_MESSAGES = { redis: 50, postgres: 8 } as const;

/** How many messages of one queue a lane of so many slots holds at once. */
export function messagesOf(kind: QueueTransport["kind"], slots: number): number {
  return Math.min(MOST_MESSAGES[kind], slots);
}

/** The consumers of all queues that this process serves, as one. */
export class Consumers {
  readonly #consumers: Consumer[] = [];

  constructor(transport: QueueTransport, jobLanes: readonly JobLane[], taskLane: TaskLane | null) {
    for (const lane of jobLanes) {
      for (const queue of lane.queues) {
        const concurrency = messagesOf(transport.kind, lane.slots.size);
        this.#consumers.push(transport.consume(queue, { concurrency }, (message) => lane.take(queue, message.hints)));
      }
    }
    if (taskLane === null) return;
    for (const queue of taskLane.queues) {
      if (isJobQueue(queue)) continue;
      this.#consumers.push(
        transport.consume(queue, { concurrency: 2 }, (message) => taskLane.take(queue, message.tasks)),
      );
    }
  }

  get healthy(): boolean {
    return this.#consumers.every((consumer) => consumer.isHealthy());
  }

  pause(): void {
    for (const consumer of this.#consumers) consumer.pause();
  }

  resume(): void {
    for (const consumer of this.#consumers) consumer.resume();
  }
}
