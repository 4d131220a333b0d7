import type { PreviewRow, SubmittedRow } from "@holdpoint/db/runtime";
import { replaySchema } from "@holdpoint/policy";
import type { Submission } from "./decide.ts";

/** A submitted job as policy is asked about it. */
export function submissionOf(row: SubmittedRow): Submission {
  return {
    type: row.type,
    typeVersion: row.type_version,
    venture: row.venture,
    payload: row.payload,
    urgent: row.urgent,
    queueHint: row.queue_hint,
    submittedByKind: row.submitted_by_kind,
    estimateMicrousd: Number(row.estimate_microusd),
    ceilingMicrousd: Number(row.ceiling_microusd),
    ventureFacts: row.venture_facts,
    isolation: row.worker_isolation,
    replay: row.replay === null ? null : replaySchema.parse(row.replay),
  };
}

/** A job that nobody submitted, as policy is asked about it: as an operator would submit it now. */
export function previewed(row: PreviewRow): Submission {
  const { type, payload, urgent } = row.request;
  return {
    type: String(type),
    typeVersion: null,
    venture: row.venture,
    payload: payload ?? {},
    urgent: urgent === true,
    queueHint: null,
    submittedByKind: "operator",
    estimateMicrousd: null,
    ceilingMicrousd: null,
    ventureFacts: row.venture_facts,
    isolation: row.worker_isolation,
    replay: null,
  };
}
