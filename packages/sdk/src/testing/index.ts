export { everyCrashPoint } from "./every-crash-point.ts";
export type { CrashReport, GoOn } from "./every-crash-point.ts";
export { CRASH_MOMENTS } from "./records.ts";
export type {
  Answer,
  ArtifactRecord,
  CrashMoment,
  CrashPoint,
  EffectRecord,
  EvidenceRecord,
  LogRecord,
  ParkedCall,
  RunOptions,
  RunRecord,
  SentSignal,
  StepRecord,
  WaitState,
} from "./records.ts";
export { runJob, ventureOf } from "./run-job.ts";
