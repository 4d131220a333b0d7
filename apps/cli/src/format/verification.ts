import { BREAKS, type Break, type Checkpoint, type PackVerification, type Verification } from "@holdpoint/db/audit";
import { clean } from "./clean.ts";
import type { Context } from "../core/context.ts";
import { exactTime } from "./time.ts";

/** The result in one sentence. */
export function verdict({ breaks, counts, checkpoints, anchors }: Verification): string {
  const [first] = breaks;
  if (first) return `${BREAKS[first.kind]}: ${place(first)}`;
  return `${counts.events} events of ${counts.streams} streams, ${checkpoints} checkpoints, ${anchors} anchored: nothing is broken.`;
}

/** What `audit verify` found: the first break in full, or what was checked and up to where; then what was not. */
export function verificationText(
  found: Verification & { anchor_file: string | null; took_ms: number },
  context: Context,
): string {
  const { ok, breaks, counts, unchecked, upTo } = found;
  const dropped = counts.dropped > 0 ? `, and the last hashes of ${counts.dropped} dropped jobs` : "";
  const lines = [
    ok ? context.paint("green", "Nothing is broken.") : context.paint("red", "BROKEN"),
    ...breaks.flatMap((one, index) => breakLines(one, index === 0)),
    `Checked ${counts.events.toLocaleString("en")} events of ${counts.streams.toLocaleString("en")} streams${dropped}, ` +
      `${found.checkpoints} checkpoints, ${found.anchors} of them against ${found.anchor_file ?? "no anchors"}, ` +
      `in ${(found.took_ms / 1000).toFixed(1)} s.`,
    ...(upTo ? [`Sealed up to checkpoint ${upTo.no} of ${sealedAt(upTo, context)}.`] : []),
    ...(unchecked.length > 0 ? ["Not checked:", ...unchecked.map((line) => `  - ${line}`)] : []),
    ...(ok ? [] : ["What to do: runbooks/audit-break.md"]),
  ];
  return lines.join("\n");
}

/** What `audit verify FILE` found in a proof pack. */
export function packVerificationText(found: PackVerification, context: Context): string {
  const { ok, job, events, checkpoint, anchored, unchecked, breaks } = found;
  const about = job ? [`Job ${job.id}, ${clean(job.type)} in ${clean(job.venture)}: ${events} events.`] : [];
  const sealed = checkpoint
    ? [
        `Sealed up to event ${checkpoint.seq} by checkpoint ${checkpoint.no} of ${sealedAt(checkpoint, context)}` +
          `${anchored ? ", which is anchored outside." : "."}`,
        `Checkpoint hash ${checkpoint.hash}`,
      ]
    : [];
  return [
    ok ? context.paint("green", "The pack holds.") : context.paint("red", "BROKEN"),
    ...breaks.flatMap((one, index) => breakLines(one, index === 0)),
    ...about,
    ...sealed,
    ...(unchecked.length > 0 ? ["Not checked:", ...unchecked.map((line) => `  - ${line}`)] : []),
  ].join("\n");
}

function breakLines(one: Break, whole: boolean): string[] {
  const head = `${place(one)}: ${BREAKS[one.kind]} (${one.kind})`;
  return whole ? [head, `  expected  ${clean(one.expected)}`, `  found     ${clean(one.found)}`] : [head];
}

function place(one: Break): string {
  const { stream, seq, checkpoint } = one;
  const parts = [
    ...(stream === null ? [] : [`stream ${stream}`]),
    ...(seq === null ? [] : [`event ${seq}`]),
    ...(checkpoint === null ? [] : [`checkpoint ${checkpoint}`]),
  ];
  return parts.join(", ") || (one.kind === "pack_damaged" ? "the file" : "the anchors");
}

function sealedAt(checkpoint: Pick<Checkpoint, "sealed_at">, context: Context): string {
  return exactTime(new Date(checkpoint.sealed_at / 1000).toISOString(), context.clock);
}
