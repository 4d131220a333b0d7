import type { AdmissionFacts } from "../admission.ts";
import type { RuleConditions } from "./document.ts";

/** Whether all conditions of a rule hold. One about the type holds for no job whose type nobody announced. */
export function matches(when: RuleConditions, facts: AdmissionFacts): boolean {
  const { type, venture, ceilingMicrousd: ceiling } = facts;
  return (
    within(when.type, facts.typeName) &&
    within(when.venture, venture.key) &&
    (when.effects === undefined || when.effects.some((kind) => type?.effectKinds.includes(kind) ?? false)) &&
    (when.size === undefined || (type !== null && when.size.includes(type.size))) &&
    within(when.submitted_by, facts.submittedByKind) &&
    (when.ceiling_over === undefined || ceiling > when.ceiling_over) &&
    (when.ceiling_up_to === undefined || ceiling <= when.ceiling_up_to) &&
    is(when.urgent, facts.urgent) &&
    is(when.trusted, venture.trusted) &&
    is(when.demo, venture.demo) &&
    is(when.cap_set, venture.capSet) &&
    is(when.isolated, isIsolated(facts.isolation))
  );
}

/** Whether a worker's word for its sandbox means that it has one. */
export function isIsolated(isolation: string): boolean {
  return isolation !== "none" && isolation !== "unknown" && isolation !== "";
}

function within(names: readonly string[] | undefined, name: string): boolean {
  return names === undefined || names.includes(name);
}

function is(asked: boolean | undefined, fact: boolean): boolean {
  return asked === undefined || asked === fact;
}
