export { everyCrashPoint } from "./every-crash-point.ts";
export type { CrashReport } from "./every-crash-point.ts";
export { CRASH_MOMENTS } from "./records.ts";
export type {
  ArtifactRecord,
  CrashMoment,
  CrashPoint,
  EffectRecord,
  EvidenceRecord,
  LogRecord,
  RunOptions,
  RunRecord,
  StepRecord,
} from "./records.ts";
export { runJob, ventureOf } from "./run-job.ts";
