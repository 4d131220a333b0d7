import type { JobState, TransitionFunction } from "@holdpoint/policy";

/** What an event of a job's stream says about its state: where it leads and which functions may have written it. */
interface Meaning {
  /** The state after it; "same" moves nothing; "data" reads it from the event's data. */
  to: JobState | "same" | "data";
  by: readonly TransitionFunction[];
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  submitted: { to: "submitted", by: ["submit_job"] },
  queued: { to: "queued", by: ["admit_jobs"] },
  held: { to: "held", by: ["admit_jobs", "claim_jobs", "settle_runs", "reap"] },
  refused: { to: "refused", by: ["admit_jobs"] },
  readmitted: { to: "submitted", by: ["readmit"] },
  running: { to: "running", by: ["claim_jobs"] },
  succeeded: { to: "succeeded", by: ["settle_runs"] },
  retry_planned: { to: "queued", by: ["settle_runs"] },
  snoozed: { to: "queued", by: ["settle_runs"] },
  parked: { to: "queued", by: ["settle_runs"] },
  stopped: { to: "queued", by: ["settle_runs"] },
  lost: { to: "queued", by: ["reap"] },
  dead: { to: "dead", by: ["settle_runs", "reap"] },
  quarantined: { to: "quarantined", by: ["settle_runs", "reap"] },
  canceled: { to: "canceled", by: ["cancel", "settle_runs", "reap"] },
  expired: { to: "expired", by: ["expire", "settle_runs"] },
  rejected: { to: "rejected", by: ["settle_runs"] },
  "decision.approved": { to: "queued", by: ["decide"] },
  "decision.released": { to: "queued", by: ["decide"] },
  "decision.standing": { to: "queued", by: ["admit_jobs"] },
  "decision.rejected": { to: "rejected", by: ["decide"] },
  "decision.discarded": { to: "discarded", by: ["decide"] },
  "decision.undone": { to: "data", by: ["decide"] },
  "decision.first_of_two": { to: "same", by: [] },
  "decision.withdrawn": { to: "same", by: [] },
  "request.answered": { to: "same", by: [] },
  "request.rejected": { to: "queued", by: ["decide"] },
  "request.expired": { to: "queued", by: ["expire"] },
  "wait.asked": { to: "same", by: [] },
  "wait.answered": { to: "same", by: [] },
  signal: { to: "same", by: [] },
  comment: { to: "same", by: [] },
  linked: { to: "same", by: [] },
  resubmitted: { to: "same", by: [] },
  replayed: { to: "same", by: [] },
  "effect.dry_run": { to: "same", by: [] },
  debounced: { to: "same", by: [] },
  cancel_requested: { to: "same", by: [] },
  late_result: { to: "same", by: [] },
  step: { to: "same", by: [] },
  artifact: { to: "same", by: [] },
  evidence: { to: "same", by: [] },
  "effect.intent": { to: "same", by: [] },
  "effect.done": { to: "same", by: [] },
  "effect.not_done": { to: "same", by: [] },
  "effect.unknown": { to: "same", by: [] },
  "effect.corrected": { to: "same", by: [] },
};

/** The state after an event, and who may have led there; null: the state stays. */
export function moveOf(
  type: string,
  data: Record<string, unknown>,
): { to: JobState; by: readonly TransitionFunction[] } | null {
  const meaning = MEANINGS[type];
  if (meaning === undefined) throw new Error(`an event of unknown type: ${type}`);
  if (meaning.to === "same") return null;
  if (meaning.to === "data") return { to: data["state"] as JobState, by: meaning.by };
  return { to: meaning.to, by: meaning.by };
}
