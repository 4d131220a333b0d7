import { ERROR_CLASSES, INCIDENT_REASONS, INCIDENT_SUBJECTS, SEVERITIES } from "@holdpoint/policy";
import { z } from "zod";
import { instant, maybeInstant } from "./instant.ts";

/** The record of what is dead or in quarantine. */
export const incident = z.object({
  id: z.string(),
  subject_kind: z.enum(INCIDENT_SUBJECTS),
  subject: z.string(),
  job_id: z.string().nullable(),
  run_no: z.number().nullable(),
  venture: z.string(),
  state: z.enum(["dead", "quarantined"]),
  reason: z.enum(INCIDENT_REASONS),
  severity: z.enum(SEVERITIES),
  error_class: z.enum(ERROR_CLASSES).nullable(),
  finding: z.string(),
  recommended: z.string(),
  evidence: z.record(z.string(), z.unknown()),
  opened_by_kind: z.string(),
  opened_by_id: z.string(),
  created_at: instant,
  resolved_at: maybeInstant,
  resolution: z.enum(["release", "discard", "canceled"]).nullable(),
  resolved_by: z.string().nullable(),
  /** The decision that resolved it. */
  decision_id: z.string().nullable(),
});
export type Incident = z.output<typeof incident>;

/** With what is known of its job, as lists show it. */
export const listedIncident = incident.extend({ type: z.string().nullable(), job_state: z.string().nullable() });
export type ListedIncident = z.output<typeof listedIncident>;

/** One job that was made from another. */
export const jobLink = z.object({
  job_id: z.string(),
  of_job: z.string(),
  kind: z.enum(["edit", "replay"]),
  from_step: z.string().nullable(),
  dry_run: z.boolean(),
  payload_edited: z.boolean(),
  by: z.string(),
  at: instant,
});
export type JobLink = z.output<typeof jobLink>;
