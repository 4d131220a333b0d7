import { JOB_QUEUES } from "@holdpoint/policy";
import type { JobQueue } from "@holdpoint/policy";

export { EFFECT_KINDS, ERROR_CLASSES, JOB_SIZES } from "@holdpoint/policy";
export type { EffectKind, ErrorClass, JobSize } from "@holdpoint/policy";

/** The queues that a job type may name. */
export const JOB_TYPE_QUEUES = JOB_QUEUES;
export type JobTypeQueue = JobQueue;
