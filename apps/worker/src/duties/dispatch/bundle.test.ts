import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_BUNDLE, bundle, bundleSize } from "./bundle.ts";

const hint = (n: number, type = "fast") => ({ jobId: `job-${n}`, dispatchNo: 1, type, venture: "acme" });
const fast = (type: string) => type === "fast";

test("a few ready jobs go out one by one", () => {
  const hints = [hint(1), hint(2), hint(3)];
  expect(bundle(hints, { slots: 4, workers: 1, deep: false, fast }).map((message) => message.length)).toEqual([
    1, 1, 1,
  ]);
});

test("a deep backlog of fast jobs shares messages; slow jobs never do", () => {
  const hints = Array.from({ length: 100 }, (_, n) => hint(n, n % 10 === 0 ? "slow" : "fast"));
  const messages = bundle(hints, { slots: 100, workers: 1, deep: true, fast });
  expect(messages.filter((message) => message.length === 1).length).toBeGreaterThanOrEqual(10);
  expect(Math.max(...messages.map((message) => message.length))).toBe(MAX_BUNDLE);
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
