import { expect, test } from "vitest";
import { ANCHOR_FRESH_MS, anchorEvidence, label } from "../src/index.ts";

const NOW = 1_800_000_000_000;
const anchor = (no: number, seenAt: number) => ({ host: "w-1", no, seenAt });
const labelOf = (...given: Parameters<typeof anchorEvidence>) => label([anchorEvidence(...given)], given[2]).label;

test("an anchor file counts as verified while its duty looks after it, and falls by itself", () => {
  const newest = { no: 7, sealedAt: NOW - 1_000 };
  expect(labelOf(anchor(7, NOW), newest, NOW)).toBe("VERIFIED");
  expect(labelOf(anchor(7, NOW - ANCHOR_FRESH_MS), newest, NOW)).toBe("STALE");
  // The checkpoint that was sealed just now may be on its way to the file.
  expect(labelOf(anchor(6, NOW), newest, NOW)).toBe("VERIFIED");
});

test("a checkpoint that stays without an anchor is a failure, however long nobody wrote", () => {
  const newest = { no: 7, sealedAt: NOW - ANCHOR_FRESH_MS - 1 };
  expect(labelOf(anchor(6, NOW), newest, NOW)).toBe("FAILING");
  expect(labelOf(anchor(6, NOW - 10 * ANCHOR_FRESH_MS), newest, NOW)).toBe("FAILING");
  expect(anchorEvidence(anchor(6, NOW), newest, NOW).finding).toContain("Checkpoint 7 has no anchor on w-1");
});

test("nothing anchored and nothing verified is not verified", () => {
  expect(label([], NOW).label).toBe("NOT VERIFIED");
});
