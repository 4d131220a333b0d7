import "server-only";
import { instant, type Venture } from "@holdpoint/db/people";
import { label, type Evidence, type EvidenceLabel, type Labeled } from "@holdpoint/policy";
import { cache } from "react";
import { z } from "zod";
import { read } from "../../server/read.ts";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";
import { myVentures } from "../session/queries.ts";

/** Names of the ventures by key; empty when they can't be read: the key then stands for the name. */
export async function ventureNames(): Promise<ReadonlyMap<string, string>> {
  const ventures = await myVentures();
  return new Map(ventures.ok ? ventures.data.map((venture) => [venture.key, venture.name]) : []);
}

const row = z.object({
  venture: z.string(),
  subject: z.string(),
  kind: z.string(),
  ok: z.boolean(),
  finding: z.string(),
  source: z.string(),
  job_id: z.string().nullable(),
  seen_at: instant,
  stale_at: instant,
});
type EvidenceRow = z.output<typeof row>;

export interface VentureView extends Venture {
  health: Labeled<EvidenceLabel>;
  evidence: EvidenceRow[];
}

const PER_VENTURE = 60;

/** One venture's latest observations, newest first. Bounded: enough for the latest of each subject and kind. */
async function readEvidence(venture: string): Promise<EvidenceRow[]> {
  const client = await operatorClient();
  const columns = Object.keys(row.shape).join(",");
  const request = client
    .from("evidence")
    .select(columns)
    .eq("venture", venture)
    .order("seen_at", { ascending: false })
    .limit(PER_VENTURE);
  return read(request, z.array(row), "evidence");
}

/** A venture with the label that its evidence gives it now. */
export const readVentureHealth = cache((key: string): Promise<Result<EvidenceRow[]>> =>
  attempt(() => readEvidence(key)),
);

export function toEvidence(rows: readonly EvidenceRow[]): Evidence[] {
  return rows.map(({ seen_at, stale_at, ...rest }) => ({
    ...rest,
    seenAt: Date.parse(seen_at),
    staleAt: Date.parse(stale_at),
  }));
}

/** All ventures but the fleet itself, each with its label. */
export const readVentures = cache(async (): Promise<Result<VentureView[]>> => {
  const ventures = await myVentures();
  if (!ventures.ok) return ventures;
  return attempt(async () => {
    const now = Date.now();
    const shown = ventures.data.filter((venture) => venture.key !== "fleet").slice(0, 50);
    return Promise.all(
      shown.map(async (venture) => {
        const evidence = await readEvidence(venture.key);
        return { ...venture, evidence, health: label(toEvidence(evidence), now) };
      }),
    );
  });
});
