import { approvalWords, conditionWords, outcomeWords } from "@holdpoint/policy";
import type { AdmissionDecision, AdmissionFacts, PolicyRule } from "@holdpoint/policy";
import type { Context } from "../core/context.ts";
import { clean } from "./clean.ts";
import { ceiling } from "./money.ts";
import { paintState } from "./style.ts";
import { facts as lines } from "./table.ts";

export interface Explanation {
  job: string;
  state: string;
  /** False: admission has not decided yet, and this is what the active policy says. */
  decided: boolean;
  policy_version: number;
  /** What is stored about the decision. */
  recorded: { rule: string | null; needs_approval: boolean };
  /** What that version decides about the facts as they can be rebuilt. */
  decision: AdmissionDecision;
  facts: AdmissionFacts;
  rules: { name: string; outcome: PolicyRule["outcome"]; when: PolicyRule["when"]; failing: string[] }[];
}

/** What `policy explain` prints for people. */
export function explanationText(explanation: Explanation, { paint }: Context): string {
  const { decision, recorded, decided } = explanation;
  const head = lines([
    ["job", explanation.job],
    ["is", paintState(paint, explanation.state)],
    [decided ? "decided" : "would be", paintState(paint, decision.decision)],
    ["by rule", decided ? (recorded.rule ?? decision.rule) : decision.rule],
    ["policy", `version ${explanation.policy_version}`],
    ["because", decision.reasons.map((one) => `${one.rule}: ${clean(one.text)}`).join("\n")],
    ["approval", decision.approval === null ? "not needed" : approvalWords(decision.approval)],
    ["approvers", decision.approval?.members?.join(", ")],
    ["facts", factWords(explanation.facts).join("\n")],
  ]);
  const moved =
    decided && (recorded.rule !== decision.rule || recorded.needs_approval !== decision.needsApproval)
      ? `\n\nIt was decided by ${recorded.rule ?? "no rule"} then: what it depends on (its venture, caps, a sandbox) has moved since.`
      : "";
  const rules = explanation.rules.map(
    (rule) =>
      `  ${rule.name}: ${outcomeWords(rule.outcome)} (${conditionWords(rule.when)})${
        rule.failing.length === 0 ? ", matched" : `, did not match: ${rule.failing.join(", ")}`
      }`,
  );
  return `${head}${moved}${rules.length === 0 ? "" : `\n\nRules of the policy\n${rules.join("\n")}`}`;
}

function factWords(facts: AdmissionFacts): string[] {
  const { type, venture } = facts;
  const effects = type?.effectKinds.join(", ") || "no effects";
  return [
    type === null
      ? `type ${facts.typeName}, which no worker knows`
      : `type ${type.name} version ${type.version}: ${type.size}, ${effects}${type.approval ? ", asks for an approval" : ""}`,
    `venture ${venture.key}: ${venture.trusted ? "trusted" : "not trusted"}${venture.demo ? ", demo" : ""}${venture.capSet ? "" : ", no cap is set"}`,
    `costs at most: ${ceiling(facts.ceilingMicrousd)}`,
    `submitted by: ${facts.submittedByKind}${facts.urgent ? ", urgent" : ""}`,
  ];
}
