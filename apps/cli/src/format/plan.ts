import type { PreviewAnswer } from "@holdpoint/db/people";
import { approvalWords } from "@holdpoint/policy";
import type { Context } from "../core/context.ts";
import { clean } from "./clean.ts";
import { money } from "./money.ts";
import { paintState } from "./style.ts";
import { facts } from "./table.ts";

/** What --plan prints for people. */
export function planText(answer: PreviewAnswer, { paint }: Context): string {
  const known = facts([
    ["would be", paintState(paint, answer.decision)],
    ["because", answer.reason ? clean(answer.reason) : null],
    ["field", answer.field],
    ["rule", answer.rule],
    [
      "also",
      answer.reasons
        .filter((one) => one !== answer.reason)
        .map((one) => clean(one))
        .join("\n"),
    ],
    ["tier", answer.tier],
    ["queue", answer.queue],
    ["policy", answer.policy_version === null ? null : `version ${answer.policy_version}`],
    ["approval", answer.approval ? approvalWords(answer.approval) : answer.needs_approval ? "needed" : "not needed"],
    ["cost", answer.ceiling_microusd > 0 ? `at most ${money(answer.ceiling_microusd)}` : "free"],
    ["plan", answer.plan_hash],
    ["plan says", answer.plan === undefined ? null : clean(JSON.stringify(answer.plan))],
  ]);
  return `${known}\n\nNothing was submitted; this binds nothing.`;
}
