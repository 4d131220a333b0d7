import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_BUNDLE, bundle, bundleSize } from "./bundle.ts";

const hint = (n: number, type = "fast") => ({ jobId: `job-${n}`, dispatchNo: 1, type, venture: "acme" });
const fast = (type: string) => type === "fast";

test("a few ready jobs go out one by one to several workers, in one message to a lone one", () => {
  const hints = [hint(1), hint(2), hint(3)];
  const sizes = (workers: number) =>
    bundle(hints, { slots: 4, workers, deep: false, fast }).map((message) => message.length);
  expect(sizes(2)).toEqual([1, 1, 1]);
  expect(sizes(1)).toEqual([3]);
});

test("a deep backlog of fast jobs shares messages; slow jobs never do", () => {
  const hints = Array.from({ length: 400 }, (_, n) => hint(n, n % 10 === 0 ? "slow" : "fast"));
  const messages = bundle(hints, { slots: 100, workers: 1, deep: true, fast });
  expect(messages.map((message) => message.length).toSorted((a, b) => a - b)).toEqual([
    ...Array.from({ length: 40 }, () => 1),
    360 - MAX_BUNDLE,
    MAX_BUNDLE,
  ]);
});

test("with several workers a bundle is at most a quarter of one worker's slots", () => {
  expect(bundleSize(500, { slots: 80, workers: 2, deep: true })).toBe(10);
  expect(bundleSize(500, { slots: 4, workers: 2, deep: true })).toBe(1);
});

test("every hint is in exactly one message", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("fast", "slow"), { maxLength: 300 }),
      fc.integer({ min: 0, max: 64 }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      (types, slots, workers, deep) => {
        const hints = types.map((type, n) => hint(n, type));
        const sent = bundle(hints, { slots, workers, deep, fast }).flat();
        expect(sent.map((one) => one.jobId).toSorted()).toEqual(hints.map((one) => one.jobId).toSorted());
      },
    ),
  );
});
