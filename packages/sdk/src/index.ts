export { toAnnouncement } from "./announcement.ts";
export type { JobTypeAnnouncement } from "./announcement.ts";
export type {
  ArtifactContent,
  ArtifactInput,
  EvidenceItem,
  JobContext,
  Progress,
  ResolveContext,
  RunLog,
  StoredArtifact,
  VentureFacts,
} from "./context.ts";
export { CONCURRENCY_STRATEGIES } from "./concurrency.ts";
export type { AnnouncedConcurrency, ConcurrencyOptions, ConcurrencyStrategy } from "./concurrency.ts";
export { defineJob, isJobDefinition, parsePayload } from "./define.ts";
export type { JobDefinition, JobOptions, NoRefs } from "./define.ts";
export { EffectNotDone, EffectUnknown, runEffect } from "./effect.ts";
export type { BegunEffect, EffectBook, EffectCall, EffectOptions, EffectRun, Reconciled } from "./effect.ts";
export {
  ABORT_CAUSES,
  BadInputError,
  BudgetError,
  BugError,
  errorClassOf,
  HandlerError,
  RetryAfter,
  RunAborted,
  TimeoutError,
  TransientError,
  Unsafe,
  UnsafeError,
} from "./errors.ts";
export type { AbortCause, HandlerErrorClass, HandlerErrorOptions, UnsafeFinding } from "./errors.ts";
export { addCost, jsonOf } from "./json.ts";
export type { Json } from "./json.ts";
export { EFFECT_KINDS, ERROR_CLASSES, JOB_SIZES, JOB_TYPE_QUEUES } from "./names.ts";
export type { EffectKind, ErrorClass, JobSize, JobTypeQueue } from "./names.ts";
export { messageOf, runResultOf } from "./outcome.ts";
export type { HandlerEnd, RetryWish, RunResult, UnsafeTold } from "./outcome.ts";
export { QUARANTINE_KINDS, recordedQuarantine } from "./quarantine.ts";
export type { Quarantined, QuarantineItem } from "./quarantine.ts";
export { DefinitionError } from "./validate.ts";
export { ApprovalExpired, ApprovalRejected, askOrPark, effectOpen, recordedRequest, Waits } from "./wait.ts";
export type {
  Approval,
  ApprovalRequest,
  Duration,
  RecordedRequest,
  Signal,
  WaitAnswer,
  WaitBook,
  WaitCall,
} from "./wait.ts";
/** The schema library, so that a handler imports one package. */
export { z } from "zod";
