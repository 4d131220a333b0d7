import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { leaseTimes, MIN_LEASE_MS, RETRY_RULES, RETRY_TIERS, retryDelayMs } from "../src/index.ts";

const tier = fc.constantFrom(...RETRY_TIERS);
const random = fc.double({ min: 0, max: 1, noNaN: true });
const retry = fc.integer({ min: 1, max: 10_000 });

describe("backoff", () => {
  prop.prop([tier, retry, random])("is a whole number between zero and the maximum", (name, n, r) => {
    const delay = retryDelayMs(RETRY_RULES[name], n, r);
    expect(Number.isInteger(delay)).toBe(true);
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThanOrEqual(RETRY_RULES[name].maxMs);
  });

  prop.prop([tier, retry, random])("never shrinks from one retry to the next at the same luck", (name, n, r) => {
    expect(retryDelayMs(RETRY_RULES[name], n + 1, r)).toBeGreaterThanOrEqual(retryDelayMs(RETRY_RULES[name], n, r));
  });

  prop.prop([fc.constantFrom("small" as const, "medium" as const), retry, random])(
    "jitter takes away at most half",
    (name, n, r) => {
      const full = retryDelayMs(RETRY_RULES[name], n, 0);
      expect(retryDelayMs(RETRY_RULES[name], n, r)).toBeGreaterThanOrEqual(Math.floor(full / 2));
    },
  );

  test("the tiers' own numbers", () => {
    const delays = (name: (typeof RETRY_TIERS)[number], count: number) =>
      Array.from({ length: count }, (_, i) => retryDelayMs(RETRY_RULES[name], i + 1, 0) / 1_000);
    expect(delays("small", 3)).toEqual([10, 20, 40]);
    expect(delays("medium", 2)).toEqual([30, 60]);
    expect(delays("large", 1)).toEqual([300]);
    expect(RETRY_TIERS.map((name) => RETRY_RULES[name].retries)).toEqual([3, 2, 1, 0]);
    expect(RETRY_TIERS.filter((name) => RETRY_RULES[name].retriesByItself)).toEqual(["small", "medium"]);
  });

  test("refuses a retry that is none and a random that is none", () => {
    expect(() => retryDelayMs(RETRY_RULES.small, 0, 0)).toThrow(RangeError);
    expect(() => retryDelayMs(RETRY_RULES.small, 1, Number.NaN)).toThrow(RangeError);
  });
});

describe("lease times", () => {
  prop.prop([fc.integer({ min: MIN_LEASE_MS, max: 86_400_000 })])("stand in the order that safety needs", (leaseMs) => {
    const times = leaseTimes(leaseMs);
    // Several renewals fit before an unlisted lease is freed, and all of it before handlers are aborted.
    expect(times.renewEvery).toBeGreaterThan(0);
    expect(times.dropClaimAfter).toBeLessThan(times.unlistedAfter);
    expect(times.renewEvery).toBeLessThan(times.unlistedAfter);
    expect(times.unlistedAfter).toBeLessThan(times.quietAfter);
    expect(times.quietAfter).toBeLessThan(times.abortAfter);
    expect(times.abortAfter + times.margin).toBe(leaseMs);
  });

  test("at the default of 300 s", () => {
    expect(leaseTimes(300_000)).toEqual({
      leaseMs: 300_000,
      renewEvery: 10_000,
      quietAfter: 150_000,
      abortAfter: 270_000,
      dropClaimAfter: 10_000,
      unlistedAfter: 15_000,
      margin: 30_000,
    });
  });

  test("refuses a lease under ten seconds", () => {
    expect(() => leaseTimes(9_999)).toThrow(RangeError);
    expect(() => leaseTimes(10_000.5)).toThrow(RangeError);
  });
});
