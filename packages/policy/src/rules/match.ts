import type { AdmissionFacts } from "../admission-facts.ts";
import type { RuleConditions } from "./document.ts";

type Name = keyof RuleConditions;

/** Each holds when it is not asked for. One about the type holds for no job whose type nobody announced. */
const TESTS: Readonly<Record<Name, (when: RuleConditions, facts: AdmissionFacts) => boolean>> = {
  type: (when, facts) => within(when.type, facts.typeName),
  venture: (when, facts) => within(when.venture, facts.venture.key),
  effects: (when, { type }) =>
    when.effects === undefined || when.effects.some((kind) => type?.effectKinds.includes(kind) ?? false),
  size: (when, { type }) => when.size === undefined || (type !== null && when.size.includes(type.size)),
  submitted_by: (when, facts) => within(when.submitted_by, facts.submittedByKind),
  ceiling_over: (when, facts) => when.ceiling_over === undefined || facts.ceilingMicrousd > when.ceiling_over,
  ceiling_up_to: (when, facts) => when.ceiling_up_to === undefined || facts.ceilingMicrousd <= when.ceiling_up_to,
  urgent: (when, facts) => is(when.urgent, facts.urgent),
  trusted: (when, facts) => is(when.trusted, facts.venture.trusted),
  demo: (when, facts) => is(when.demo, facts.venture.demo),
  cap_set: (when, facts) => is(when.cap_set, facts.venture.capSet),
  isolated: (when, facts) => is(when.isolated, isIsolated(facts.isolation)),
};
const NAMES = Object.keys(TESTS).filter((name): name is Name => Object.hasOwn(TESTS, name));

/** Whether all conditions of a rule hold. */
export function matches(when: RuleConditions, facts: AdmissionFacts): boolean {
  return NAMES.every((name) => TESTS[name](when, facts));
}

/** The conditions that do not hold; none: the rule matches. */
export function failingConditions(when: RuleConditions, facts: AdmissionFacts): Name[] {
  return NAMES.filter((name) => !TESTS[name](when, facts));
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
