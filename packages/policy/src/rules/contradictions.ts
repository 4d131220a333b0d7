import { BUILT_IN_RULES, EFFECTS_NEEDING_APPROVAL } from "./built-in.ts";
import type { PolicyDocument, PolicyDocumentRule, RuleConditions } from "./document.ts";
import { findRetryContradictions } from "./retry-contradictions.ts";
import { unknownName } from "./problems.ts";
import type { AddProblem, PolicyProblem } from "./problems.ts";

/** What a well-formed policy says that can't be meant: each with its place. Empty: none. */
export function findContradictions(document: PolicyDocument): PolicyProblem[] {
  const found: PolicyProblem[] = [];
  const add: AddProblem = (path, message) => found.push({ path, atKey: false, message });
  for (const [name, members] of Object.entries(document.groups)) {
    members.forEach((member, at) => {
      if (members.indexOf(member) < at) add(["groups", name, at], `"${member}" is in the group twice`);
    });
  }
  const byName = new Map<string, number>();
  document.rules.forEach((rule, at) => {
    const path = ["rules", at];
    const before = byName.get(rule.name);
    if (before !== undefined) add([...path, "name"], `"${rule.name}" is the name of rule ${before + 1} already`);
    else byName.set(rule.name, at);
    if (BUILT_IN_RULES.some((name) => name === rule.name)) {
      add([...path, "name"], `"${rule.name}" is the name of a built-in rule`);
    }
    checkOutcome(rule, path, document, add);
    checkMatch(rule, path, document, add);
  });
  findRetryContradictions(document, add);
  return found;
}

function checkOutcome(
  rule: PolicyDocumentRule,
  path: readonly PropertyKey[],
  document: PolicyDocument,
  add: AddProblem,
): void {
  const outcomes = (["refuse", "approve", "allow"] as const).filter((name) => rule[name] !== undefined);
  if (outcomes.length !== 1) {
    const said = outcomes.length === 0 ? "none of them" : outcomes.join(" and ");
    add(path, `a rule says exactly one of refuse, approve and allow; this one says ${said}`);
  }
  const { approve, allow } = rule;
  if (approve?.group !== undefined) {
    const members = Object.hasOwn(document.groups, approve.group) ? document.groups[approve.group] : undefined;
    const at = [...path, "approve", "group"];
    if (members === undefined) add(at, unknownName(approve.group, Object.keys(document.groups), "group"));
    else if (members.length < approve.people)
      add(at, `two people must approve and "${approve.group}" has one member: nobody could release it`);
  }
  const { expires, reminder } = approve ?? {};
  if (expires !== undefined && reminder !== undefined && reminder >= expires) {
    add([...path, "approve", "reminder"], "the reminder would come when the approval has expired");
  }
  if (allow?.kinds !== undefined && allow.rule !== "effect_approval") {
    add([...path, "allow", "kinds"], `kinds belong to effect_approval, not to ${allow.rule}`);
  }
}

function checkMatch(
  rule: PolicyDocumentRule,
  path: readonly PropertyKey[],
  document: PolicyDocument,
  add: AddProblem,
): void {
  const { when } = rule;
  const { ceiling_over: over, ceiling_up_to: upTo } = when;
  if (over !== undefined && (over >= (upTo ?? Infinity) || over === Number.MAX_SAFE_INTEGER)) {
    add([...path, "when", "ceiling_over"], "the rule can never match: no amount is over this and up to the other");
  }
  if (rule.refuse) return;
  const builtIn = refusedAnyway(when);
  if (builtIn !== null) add([...path, "when"], `the rule can never decide: ${builtIn} refuses all that it matches`);
  const stronger = document.rules.find((other) => other.refuse && covers(other.when, when));
  if (stronger) {
    add([...path, "when"], `the rule can never decide: the rule "${stronger.name}" refuses all that it matches`);
  }
}

function refusedAnyway(when: RuleConditions): string | null {
  const risky = when.effects?.every((kind) => EFFECTS_NEEDING_APPROVAL.some((one) => one === kind)) ?? false;
  if (when.demo === true && (risky || when.ceiling_over !== undefined)) return "demo_effects";
  const builds = when.type?.every((type) => type === "build") ?? false;
  return builds && when.trusted === false && when.isolated === false ? "not_isolated" : null;
}

const LISTS = ["type", "venture", "effects", "size", "submitted_by"] as const;
const FLAGS = ["urgent", "trusted", "demo", "cap_set", "isolated"] as const;

/** Whether all that the narrow conditions match is matched by the wide ones too. */
function covers(wide: RuleConditions, narrow: RuleConditions): boolean {
  const lists = LISTS.every((name) => {
    const all: readonly string[] | undefined = wide[name];
    return all === undefined || (narrow[name]?.every((one) => all.includes(one)) ?? false);
  });
  const flags = FLAGS.every((name) => wide[name] === undefined || wide[name] === narrow[name]);
  const over = wide.ceiling_over === undefined || (narrow.ceiling_over ?? -1) >= wide.ceiling_over;
  const upTo = wide.ceiling_up_to === undefined || (narrow.ceiling_up_to ?? Infinity) <= wide.ceiling_up_to;
  return lists && flags && over && upTo;
}
