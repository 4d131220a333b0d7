export const LANES = ["build", "eval", "recovery"] as const;
export type Lane = (typeof LANES)[number];

/** Queues whose messages are hints that jobs are ready. */
export const JOB_QUEUES = ["job", "priority", "scheduled", "report"] as const;
export type JobQueue = (typeof JOB_QUEUES)[number];

/** Queues whose messages are task ids. */
export const TASK_QUEUES = ["approval", "recovery", "dead-letter", "quarantine", "alert"] as const;
export type TaskQueue = (typeof TASK_QUEUES)[number];

export const QUEUE_NAMES = [...JOB_QUEUES, ...TASK_QUEUES] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

export interface QueueFacts {
  readonly lane: Lane;
  readonly carries: "hints" | "tasks";
  /** What a message means, in words for a screen. */
  readonly meaning: string;
}

export const QUEUES: Readonly<Record<QueueName, QueueFacts>> = {
  job: { lane: "build", carries: "hints", meaning: "Ordinary work is ready." },
  priority: {
    lane: "build",
    carries: "hints",
    meaning: "Urgent work is ready; it is taken before ordinary work.",
  },
  scheduled: { lane: "eval", carries: "hints", meaning: "A schedule's tick produced this work." },
  report: { lane: "eval", carries: "hints", meaning: "A report must be made." },
  approval: {
    lane: "recovery",
    carries: "tasks",
    meaning: "Someone must decide: ask for the alert, arm reminder and expiry.",
  },
  recovery: {
    lane: "recovery",
    carries: "tasks",
    meaning: "A run was lost or failed beyond its tier's retries: carry out the recovery plan of its error class.",
  },
  "dead-letter": {
    lane: "recovery",
    carries: "tasks",
    meaning: "Retries are used up: complete the incident pack, ask for an alert.",
  },
  quarantine: {
    lane: "recovery",
    carries: "tasks",
    meaning: "Output or payload is unsafe or poisonous: isolate its artifacts, complete the record, ask for an alert.",
  },
  alert: {
    lane: "recovery",
    carries: "tasks",
    meaning: "An operator must hear of it: deliver it to the enabled channels.",
  },
};

/** The queues a lane serves, in the order in which its free slots look at them. */
export const LANE_QUEUES: Readonly<Record<Lane, readonly QueueName[]>> = {
  build: ["priority", "job"],
  eval: ["scheduled", "report"],
  recovery: [...TASK_QUEUES],
};

export function isQueueName(name: string): name is QueueName {
  return QUEUE_NAMES.some((queue) => queue === name);
}

export function isJobQueue(name: string): name is JobQueue {
  return JOB_QUEUES.some((queue) => queue === name);
}

export function isLane(name: string): name is Lane {
  return LANES.some((lane) => lane === name);
}
