export const JOB_SIZES = ["small", "medium", "large"] as const;
export type JobSize = (typeof JOB_SIZES)[number];

export const EFFECT_KINDS = ["deploy", "push", "spend", "contact", "publish", "other"] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

/** The queues that a job type may name. */
export const JOB_TYPE_QUEUES = ["job", "priority", "scheduled", "report"] as const;
export type JobTypeQueue = (typeof JOB_TYPE_QUEUES)[number];
