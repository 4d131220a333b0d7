import { isJobQueue } from "@holdpoint/policy";
import type { Consumer, QueueTransport } from "@holdpoint/queues";
import type { JobLane } from "../lanes/job-lane.ts";
import type { TaskLane } from "../lanes/task-lane.ts";

/** The consumers of all queues that this process serves, as one. */
export class Consumers {
  readonly #consumers: Consumer[] = [];

  constructor(transport: QueueTransport, jobLanes: readonly JobLane[], taskLane: TaskLane | null) {
    for (const lane of jobLanes) {
      for (const queue of lane.queues) {
        // Twice the slots: while a claim is under way the next message is here already.
        const concurrency = Math.max(2, lane.slots.size * 2);
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
}
