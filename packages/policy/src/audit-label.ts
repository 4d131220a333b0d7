import type { Evidence } from "./labels.ts";

/** Sealing runs each minute: an anchor file that nobody has seen complete for this long says nothing any more. */
export const ANCHOR_FRESH_MS = 600_000;

export interface AnchorFacts {
  /** The machine that keeps the file. */
  readonly host: string;
  /** The newest checkpoint in it. */
  readonly no: number;
  /** When its sealing duty last saw that nothing was missing. */
  readonly seenAt: number;
}

/** What a machine's anchor file shows: fresh while the duty looks after it, a failure when a checkpoint stays without anchor. */
export function anchorEvidence(
  { host, no, seenAt }: AnchorFacts,
  newest: { no: number; sealedAt: number } | null,
  now: number,
): Evidence {
  const behind = newest !== null && newest.no > no && now - newest.sealedAt > ANCHOR_FRESH_MS;
  return {
    subject: "anchors",
    kind: "anchor",
    ok: !behind,
    finding: behind
      ? `Checkpoint ${newest.no} has no anchor on ${host}: its file ends with ${no}.`
      : `The file on ${host} is complete up to checkpoint ${no}.`,
    source: `sealing duty on ${host}`,
    seenAt,
    // A failure that is seen now lasts as long as it is seen.
    staleAt: behind ? Math.max(seenAt, now) + ANCHOR_FRESH_MS : seenAt + ANCHOR_FRESH_MS,
  };
}
