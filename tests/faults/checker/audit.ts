import type { History, Violation } from "./history.ts";

/** What `audit verify` recomputes holds, the anchors outside included, and so does the proof pack of every job. */
export function checkAudit({ audit }: History): Violation[] {
  const found: Violation[] = [...audit.breaks, ...audit.packs].map((one) => ({
    rule: "audit",
    subject: one.stream ?? `checkpoint ${one.checkpoint}`,
    finding: `${one.kind}: expected ${one.expected}, found ${one.found}`,
  }));
  // A fleet that has run has sealed: verifying nothing proves nothing.
  if (audit.checkpoints === 0 || audit.anchors !== audit.checkpoints) {
    const finding = `${audit.checkpoints} checkpoints were sealed, ${audit.anchors} of them are anchored`;
    found.push({ rule: "audit", subject: "anchors", finding });
  }
  return found;
}
