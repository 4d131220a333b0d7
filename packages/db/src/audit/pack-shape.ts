import { z } from "zod";
import { checkpointSchema } from "./checkpoint.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const money = z.int();
const micros = z.int();

export const packedEvent = z.strictObject({ body: z.string(), hash });
export const packedPlan = z.strictObject({ hash, body: z.string() });
export const packedDecision = z.strictObject({
  id: z.string(),
  verb: z.string(),
  by: z.string(),
  at: micros,
  reason: z.string().nullable(),
  plan: hash.nullable(),
  /** The values that were filled in, as canonical JSON: the event has the hash of the plan's hash and theirs. */
  form: z.string().nullable(),
});
/** What a run waited for: a request's words are bound by the hash that its event and the decisions on it name. */
export const packedWait = z.strictObject({
  call: z.string(),
  version: z.int(),
  kind: z.string(),
  request: z.string().nullable(),
  asked_at: micros,
  answer: z.string().nullable(),
  answered_at: micros.nullable(),
});
export const packedSignal = z.strictObject({
  no: z.int(),
  id: z.string(),
  name: z.string(),
  /** As it is stored: its sha256 stands in the event. */
  data: z.string(),
  by: z.string(),
  at: micros,
  taken_by: z.string().nullable(),
  taken_version: z.int().nullable(),
  taken_at: micros.nullable(),
});
export const packedComment = z.strictObject({ id: z.string(), by: z.string(), at: micros, text: z.string() });
/** `job` was made from `of`; the proof's job is one of the two. */
export const packedLink = z.strictObject({ job: z.uuid(), of: z.uuid(), kind: z.string(), by: z.string() });
export const packedRun = z.strictObject({
  run: z.int(),
  token: z.string(),
  worker: z.string(),
  ended_at: micros.nullable(),
  outcome: z.string().nullable(),
  log_bytes: z.int(),
  log_sha256: hash.nullable(),
});
export const packedStep = z.strictObject({ name: z.string(), run: z.int(), sha256: hash });
export const packedEffect = z.strictObject({
  key: z.string(),
  kind: z.string(),
  max_microusd: money,
  outcome: z.string().nullable(),
  cost_microusd: money,
  /** The provider's receipt as it is stored: its sha256 stands in the event. */
  receipt: z.string(),
});
/** [subject, kind, ok, finding, facts, seen at, stale at] as it is stored. */
export const packedEvidence = z.strictObject({ run: z.int().nullable(), content: z.string() });
export const packedArtifact = z.strictObject({ run: z.int(), name: z.string(), bytes: z.int(), sha256: hash });
/** One entry of the ledger: what it changed by account. */
export const packedEntry = z.strictObject({ run: z.int(), reason: z.string(), lines: z.record(z.string(), money) });

/** The checkpoint that covers the job up to event `seq`, the one before it, and the path from the job's leaf. */
export const packedCheckpoint = checkpointSchema.extend({
  before: hash.nullable(),
  seq: z.int32().positive(),
  index: z.int().nonnegative(),
  path: z.array(hash),
});

/** What the database gives of a job. */
export const jobProof = z.strictObject({
  job: z.strictObject({ id: z.uuid(), type: z.string(), venture: z.string() }),
  events: z.array(packedEvent).min(1),
  plans: z.array(packedPlan),
  decisions: z.array(packedDecision),
  runs: z.array(packedRun),
  steps: z.array(packedStep),
  effects: z.array(packedEffect),
  evidence: z.array(packedEvidence),
  artifacts: z.array(packedArtifact),
  ledger: z.array(packedEntry),
  waits: z.array(packedWait),
  signals: z.array(packedSignal),
  comments: z.array(packedComment),
  links: z.array(packedLink),
  checkpoint: packedCheckpoint.nullable(),
});
export type JobProof = z.output<typeof jobProof>;

export const PACK_FORMAT = "holdpoint/proof/1";

/** A proof pack: the proof with the sha256 of its canonical JSON without that field. */
export const proofPack = jobProof.extend({ format: z.literal(PACK_FORMAT), sha256: hash });
export type ProofPack = z.output<typeof proofPack>;
