import { HARMLESS_CLASSES, NEVER_RETRIED } from "../failure.ts";
import { BUILT_IN_RECOVERY } from "../recovery.ts";
import { ERROR_CLASSES } from "../states.ts";
import type { AddProblem } from "./problems.ts";
import type { PolicyDocument } from "./document.ts";
import { retriesOf } from "./retries.ts";

const TIERS = ["small", "medium", "large"] as const;

/** What a policy says about failures that can't be meant, or that no policy may say. */
export function findRetryContradictions(document: PolicyDocument, add: AddProblem): void {
  const { retries, recovery } = document;
  const { tiers } = retriesOf(document);
  for (const name of TIERS) {
    const given = retries?.tiers[name];
    const path = ["retries", "tiers", name];
    if (given === undefined) continue;
    if (tiers[name].baseMs > tiers[name].maxMs)
      add([...path, given.base === undefined ? "max" : "base"], "the first wait would be longer than the longest");
    if (given.backoff === "none" && (given.base !== undefined || given.max !== undefined))
      add([...path, "backoff"], "without a backoff there is no wait to give");
    if (name === "large" && given.by_itself === true)
      add([...path, "by_itself"], "a large job's retry is released by a person; no policy can change that");
  }
  for (const name of ERROR_CLASSES) {
    const given = retries?.classes[name];
    const path = ["retries", "classes", name];
    if (given?.retry === true && NEVER_RETRIED.some((one) => one === name))
      add([...path, "retry"], `${name} is never retried; no policy can change that`);
    if (given?.used_up === "dead" && !HARMLESS_CLASSES.some((one) => one === name))
      add(
        [...path, "used_up"],
        `what a failure of class ${name} left behind is not known to be harmless: it goes to quarantine`,
      );
  }
  const names = new Map<string, number>();
  recovery?.forEach((plan, at) => {
    const path = ["recovery", at];
    const before = names.get(plan.name);
    if (before !== undefined) add([...path, "name"], `"${plan.name}" is the name of plan ${before + 1} already`);
    else names.set(plan.name, at);
    if (BUILT_IN_RECOVERY.some((one) => one.name === plan.name))
      add([...path, "name"], `"${plan.name}" is the name of a built-in plan`);
    if (plan.review !== "required" && plan.class.includes("unsafe"))
      add([...path, "review"], "what is unsafe is reviewed by a person; no policy can change that");
    if (plan.steps.includes("run_again") && plan.class.some((one) => one !== "lost"))
      add([...path, "steps"], "only a lost run is run again by itself; a person releases the others");
    if (plan.steps.includes("discard") && plan.steps.some((step) => step === "release" || step === "resubmit"))
      add([...path, "steps"], "a job is released, resubmitted or discarded: one of them");
  });
}
