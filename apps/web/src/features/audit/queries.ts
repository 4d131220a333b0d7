import "server-only";
import { readAuditStatus, type AuditStatus } from "@holdpoint/db/people";
import { anchorEvidence, type Evidence } from "@holdpoint/policy";
import { cache } from "react";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

export interface AuditPage {
  checkpoint: AuditStatus["checkpoint"];
  /** When it was sealed, in milliseconds since 1970; null without one. */
  sealedAt: number | null;
  now: number;
  anchors: Evidence[];
  verification: Evidence[];
}

/** The newest checkpoint, with the evidence that it is anchored and that everything was verified. */
export const readAudit = cache((): Promise<Result<AuditPage>> =>
  attempt(async () => {
    const status = await readAuditStatus(await operatorClient());
    const { checkpoint, anchored, verification } = status;
    const now = Date.parse(status.now);
    const sealedAt = checkpoint === null ? null : checkpoint.sealed_at / 1000;
    const newest = checkpoint === null || sealedAt === null ? null : { no: checkpoint.no, sealedAt };
    // The machine that was seen last keeps the file that counts; others fall behind when they stop leading.
    const anchors = anchored
      .slice(0, 1)
      .map(({ host, no, seen_at: seen }) => anchorEvidence({ host, no, seenAt: Date.parse(seen) }, newest, now));
    const verified =
      verification === null
        ? []
        : [
            {
              subject: verification.subject,
              kind: verification.kind,
              ok: verification.ok,
              finding: verification.finding,
              source: verification.source,
              seenAt: Date.parse(verification.seen_at),
              staleAt: Date.parse(verification.stale_at),
            },
          ];
    return { checkpoint, sealedAt, now, anchors, verification: verified };
  }),
);
