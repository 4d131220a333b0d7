import { expect, test } from "vitest";
import {
  BUILT_IN_RECOVERY,
  BUILT_IN_RETRIES,
  classWords,
  ERROR_CLASSES,
  recoveryFor,
  recoveryWords,
  RETRY_TIERS,
  tierWords,
} from "../src/index.ts";

test("tiers, classes and recovery plans are said in words", () => {
  expect(RETRY_TIERS.map((tier) => tierWords(BUILT_IN_RETRIES.tiers[tier]))).toEqual([
    "3 retries, the first after 10 s, doubling up to 10 m",
    "2 retries, the first after 30 s, doubling up to 30 m",
    "1 retry after 5 m; a person releases it",
    "no retry: the first failure is the last",
  ]);
  expect(tierWords({ ...BUILT_IN_RETRIES.tiers.large, retries: 2, backoff: "none" })).toBe(
    "2 retries, the first at once; a person releases it",
  );
  const classes = Object.fromEntries(
    ERROR_CLASSES.map((name) => [name, classWords(name, BUILT_IN_RETRIES.classes[name])]),
  );
  expect(classes).toMatchObject({
    transient: "retried; used up: dead, with effects quarantined",
    bad_input: "not retried: quarantined",
    unsafe: "quarantined at once",
  });
  const [poison] = BUILT_IN_RECOVERY.filter((plan) => plan.name === "isolate_poison");
  expect([recoveryFor(poison!), recoveryWords(poison!)]).toEqual([
    "lost: poison job",
    "look at worker healthy, code changed; then isolate artifacts, alert, mend handler, release. A person looks; released at most once.",
  ]);
});
