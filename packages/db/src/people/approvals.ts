import { ventureKeySchema } from "@holdpoint/policy";
import { z } from "zod";
import { amount } from "./amount.ts";
import { answer, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant, maybeInstant } from "./instant.ts";

const input = z.strictObject({ venture: ventureKeySchema.optional(), limit: z.int().min(1).max(500).default(100) });

const row = z.object({
  id: z.string(),
  type: z.string(),
  type_version: z.number(),
  venture: z.string(),
  state: z.enum(["held", "dead", "quarantined"]),
  held_for: z.string().nullable(),
  held_until: maybeInstant,
  reason: z.string().nullable(),
  rule: z.string().nullable(),
  urgent: z.boolean(),
  run_no: z.number(),
  estimate_microusd: amount,
  ceiling_microusd: amount,
  submitted_by_kind: z.string(),
  submitted_by_id: z.string(),
  created_at: instant,
  updated_at: instant,
});

/** A job that waits for a person: held (for approval, a retry, a park), dead or quarantined. */
export const waiting = row
  .omit({ submitted_by_kind: true, submitted_by_id: true })
  .extend({ submitted_by: z.object({ kind: z.string(), id: z.string() }) });
export type Waiting = z.output<typeof waiting>;

/** What waits for a person, by when it expires (what never expires comes last). One bounded read. */
export async function listApprovals(client: PeopleClient, request: z.input<typeof input> = {}): Promise<Waiting[]> {
  const given = parseInput(input, request);
  // phase says the same as the states do, in a form that reaches the index jobs_inbox.
  let query = client.from("jobs").select(Object.keys(row.shape).join(",")).in("phase", ["h", "d", "x"]);
  if (given.venture) query = query.eq("venture", given.venture);
  const ordered = query.order("held_until", { nullsFirst: false }).order("id").limit(given.limit);
  const rows = await answer(ordered, z.array(row), "jobs");
  return rows.map(({ submitted_by_kind: kind, submitted_by_id: id, ...job }) => ({
    ...job,
    submitted_by: { kind, id },
  }));
}
