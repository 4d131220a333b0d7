import { dollarsOf } from "../dollars.ts";
import type { RuleConditions } from "./document.ts";
import { approvalWords } from "./policy.ts";
import type { RuleOutcome } from "./policy.ts";

/** A rule's conditions for people: "type build or eval, ceiling over $25, not trusted"; "every job" for none. */
export function conditionWords(when: RuleConditions): string {
  const words = Object.entries(when).flatMap(([name, asked]) => {
    if (asked === undefined) return [];
    const said = name.replaceAll("_", " ");
    if (typeof asked === "boolean") return [asked ? said : `not ${said}`];
    return [`${said} ${typeof asked === "number" ? `$${dollarsOf(asked)}` : asked.join(" or ")}`];
  });
  return words.length === 0 ? "every job" : words.join(", ");
}

/** What a rule does, for people: "refuses", "asks for two different admins", "allows effect_approval of push". */
export function outcomeWords(outcome: RuleOutcome): string {
  switch (outcome.kind) {
    case "refuse":
      return "refuses, whoever approves";
    case "approve":
      return `asks for ${approvalWords(outcome.approval)}`;
    case "allow":
      return `lets go without ${outcome.rule}${outcome.kinds === null ? "" : ` of ${outcome.kinds.join(", ")}`}`;
  }
}
