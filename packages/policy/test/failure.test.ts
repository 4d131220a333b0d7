import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  afterFailure,
  BUILT_IN_RETRIES,
  checkPolicy,
  ERROR_CLASSES,
  HARMLESS_CLASSES,
  INCIDENT_REASONS,
  reasonOfFailure,
  RETRY_TIERS,
  retryRulesJson,
  type RetryPolicy,
} from "../src/index.ts";

const tier = fc.record(
  {
    retries: fc.integer({ min: 0, max: 20 }),
    backoff: fc.constantFrom("exponential", "linear"),
    base: fc.constantFrom("1s", "30s", "9m"),
    max: fc.constantFrom("10m", "2h"),
    by_itself: fc.constant(false),
  },
  { requiredKeys: [] },
);
const classRule = fc.record(
  { retry: fc.boolean(), used_up: fc.constantFrom("dead", "quarantined") },
  { requiredKeys: [] },
);
const document = fc.record(
  {
    tiers: fc.record({ small: tier, medium: tier, large: tier }, { requiredKeys: [] }),
    classes: fc.record(Object.fromEntries(ERROR_CLASSES.map((name) => [name, classRule])), { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
const anyRetries: fc.Arbitrary<RetryPolicy> = document
  .map((retries) => checkPolicy({ format: 1, retries }, 7))
  .filter((checked) => checked.ok)
  .map((checked) => checked.policy.retries);
const facts = fc.record({
  tier: fc.constantFrom(...RETRY_TIERS),
  errorClass: fc.constantFrom(...ERROR_CLASSES),
  retriesUsed: fc.integer({ min: 0, max: 25 }),
  declaresEffects: fc.boolean(),
});

function problems(more: object): string[] {
  const checked = checkPolicy({ format: 1, ...more }, 7);
  return checked.ok ? [] : checked.problems.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
}

describe("after a failure, by any policy that passes", () => {
  prop.prop([facts, anyRetries])("what is unsafe is quarantined, and bad input never retried", (given, policy) => {
    const to = afterFailure(given, policy);
    if (given.errorClass === "unsafe") expect(to).toBe("quarantined");
    if (given.errorClass === "bad_input") expect(["dead", "quarantined"]).toContain(to);
  });

  prop.prop([facts, anyRetries])("only what is known to be harmless ends dead", (given, policy) => {
    if (afterFailure(given, policy) !== "dead") return;
    expect(HARMLESS_CLASSES).toContain(given.errorClass);
    expect(given.declaresEffects).toBe(false);
  });

  prop.prop([facts, anyRetries])("no job retries for ever, and a person releases a large one", (given, policy) => {
    expect(["dead", "quarantined"]).toContain(afterFailure({ ...given, retriesUsed: 20 }, policy));
    if (given.tier === "large") expect(afterFailure(given, policy)).not.toBe("queued");
    if (given.tier === "approval_required") expect(["dead", "quarantined"]).toContain(afterFailure(given, policy));
  });

  test("without a word on retries all is as built in", () => {
    const checked = checkPolicy({ format: 1 }, 7);
    expect(checked.ok && checked.policy.retries).toBe(BUILT_IN_RETRIES);
    expect(retryRulesJson(BUILT_IN_RETRIES).tiers["small"]).toEqual({
      retries: 3,
      backoff: "exponential",
      base_ms: 10_000,
      max_ms: 600_000,
      retries_by_itself: true,
    });
  });
});

test("a policy may say no more than the design lets it, and unknown names get the nearest", () => {
  expect(problems({ retries: { classes: { unsafe: { retry: true } } } })).toEqual([
    "retries.classes.unsafe.retry: unsafe is never retried; no policy can change that",
  ]);
  expect(problems({ retries: { classes: { bug: { used_up: "dead" } } } })[0]).toContain("goes to quarantine");
  expect(problems({ retries: { tiers: { large: { by_itself: true } } } })[0]).toContain("released by a person");
  expect(problems({ retries: { tiers: { small: { base: "2h" } } } })[0]).toContain("longer than the longest");
  expect(problems({ retries: { tiers: { small: { backoff: "none", base: "1s" } } } })[0]).toContain("no wait to give");
  expect(problems({ retries: { tiers: { small: { retries: -1 } } } })[0]).toContain("0 or more");
  expect(problems({ retries: { tiers: { smal: {} } } })[0]).toContain('did you mean "small"');
  expect(problems({ retries: { tiers: { small: { retrise: 1 } } } })[0]).toContain('did you mean "retries"');
  expect(problems({ retries: { classes: { transient: { usedup: "dead" } } } })[0]).toContain('did you mean "used_up"');
  expect(problems({ recovery: [{ name: "one", class: "bug", steps: ["run_again"] }] })[0]).toContain("only a lost run");
  expect(problems({ recovery: [{ name: "one", class: "unsafe", steps: ["alert"], review: "no" }] })[0]).toContain(
    "reviewed by a person",
  );
  expect(problems({ recovery: [{ name: "mend_handler", class: "bug", steps: ["alert"] }] })[0]).toContain("built-in");
  expect(problems({ recovery: [{ name: "one", class: "bug", stpes: ["alert"], steps: ["alert"] }] })[0]).toContain(
    'did you mean "steps"',
  );
});

prop.prop([fc.constantFrom(...ERROR_CLASSES), fc.option(fc.string()), fc.boolean()])(
  "each failure has a reason of the catalogue",
  (errorClass, named, unknown) => {
    expect(INCIDENT_REASONS).toContain(reasonOfFailure(errorClass, named, unknown));
  },
);
