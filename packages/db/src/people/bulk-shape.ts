import { ERROR_CLASSES, INCIDENT_REASONS, typeNameSchema, ventureKeySchema } from "@holdpoint/policy";
import { z } from "zod";
import { instant, maybeInstant } from "./instant.ts";

/** Which dead and quarantined jobs an operation is about; nothing given: all. */
export const bulkFilter = z.strictObject({
  state: z.enum(["dead", "quarantined"]).optional(),
  class: z.enum(ERROR_CLASSES).optional(),
  reason: z.enum(INCIDENT_REASONS).optional(),
  type: typeNameSchema.optional(),
  venture: ventureKeySchema.optional(),
});
export type BulkFilter = z.input<typeof bulkFilter>;

/** An operation on many jobs and how far it is. */
export const bulkOperation = z.object({
  id: z.string(),
  verb: z.enum(["release", "discard"]),
  reason: z.string(),
  filter: bulkFilter,
  as_of: instant,
  venture: z.string(),
  by_email: z.string(),
  state: z.enum(["running", "stopped", "done"]),
  total: z.number(),
  done: z.number(),
  /** Not decided, for a reason that is told. */
  refused: z.number(),
  /** No longer waited when their turn came. */
  skipped: z.number(),
  left: z.number(),
  per_minute: z.number(),
  started_at: instant,
  ended_at: maybeInstant,
  stopped_by: z.string().nullable(),
});
export type BulkOperation = z.output<typeof bulkOperation>;
