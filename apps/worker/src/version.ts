/** This worker's version, as it announces it. */
export const WORKER_VERSION = "0.1.0";
/** The range of database schemas that this worker understands. */
export const SCHEMA_RANGE = { min: 1, max: 1 } as const;
