import {
  BUILT_IN_RECOVERY,
  classWords,
  conditionWords,
  ERROR_CLASSES,
  outcomeWords,
  recoveryFor,
  recoveryWords,
  RETRY_TIERS,
  tierWords,
} from "@holdpoint/policy";
import type { Policy, SimulatedTotal } from "@holdpoint/policy";
import type { Context } from "../core/context.ts";
import type { Simulated } from "../core/simulation.ts";
import { clean, short } from "./clean.ts";
import { money } from "./money.ts";
import { table } from "./table.ts";

/** A policy's rules, one a line. */
export function ruleTable(policy: Policy): string {
  const rows = policy.rules.map((rule) => [rule.name, conditionWords(rule.when), clean(outcomeWords(rule.outcome))]);
  return table(["RULE", "WHEN", "DOES"], rows);
}

/** How failures are followed up: retries by tier, what becomes of each class, the recovery plans, its own first. */
export function followUpText({ retries, recovery }: Policy): string {
  const said = (name: string): string => name.replaceAll("_", " ");
  const tiers = RETRY_TIERS.map((tier) => [said(tier), tierWords(retries.tiers[tier])]);
  const classes = ERROR_CLASSES.map((name) => [said(name), classWords(name, retries.classes[name])]);
  const plans = [...recovery, ...BUILT_IN_RECOVERY].map((plan) => [
    `${clean(plan.name)}${recovery.includes(plan) ? " (its own)" : ""}`,
    recoveryFor(plan),
    recoveryWords(plan),
  ]);
  return [
    table(["TIER", "RETRIES"], tiers),
    table(["CLASS", "A FAILURE IS"], classes),
    table(["RECOVERY PLAN", "FOR", "SAYS"], plans),
  ].join("\n\n");
}

/** What `policy simulate` prints for people: totals first, then where they come from, then jobs. */
export function simulationText(simulated: Simulated, { paint }: Context): string {
  const { jobs, changed, totals, list, cut } = simulated;
  const parts = simulated.warnings.map((warning) => `${paint("yellow", "warning:")} ${clean(warning)}`);
  const share = changed === 0 ? "none would be decided otherwise" : `${changed} would be decided otherwise`;
  parts.push(`${jobs} jobs since ${simulated.since}, as decided then: ${share}.`);
  if (simulated.changed_anyway > 0) {
    parts.push(
      `Of those, ${simulated.changed_anyway} would be by the active policy (version ${simulated.active_version}) too: not the policy, but what it looks at has changed since.`,
    );
  }
  if (totals.length > 0)
    parts.push(
      totalTable(
        "",
        totals.map((total) => ["", total]),
      ),
    );
  if (changed > 0) {
    parts.push(
      totalTable(
        "VENTURE",
        simulated.by_venture.map((total) => [total.venture, total]),
      ),
    );
    parts.push(
      totalTable(
        "TYPE",
        simulated.by_type.map((total) => [total.type, total]),
      ),
    );
  }
  if (list.length > 0) {
    const rows = list.map((job) => [
      job.id,
      `${job.type} in ${job.venture}`,
      `${job.from} → ${job.to}`,
      job.rule,
      short(job.approval ?? job.reason, 60),
    ]);
    parts.push(table(["JOB", "WHAT", "DECISION", "RULE", "WHY"], rows));
  }
  if (cut) parts.push(`The newest ${list.length} of ${changed} changed jobs are shown.`);
  return parts.join("\n\n");
}

function totalTable(head: string, totals: readonly (readonly [string, SimulatedTotal])[]): string {
  const rows = totals.map(([name, total]) => [
    ...(head === "" ? [] : [name]),
    `${total.from} → ${total.to}`,
    String(total.jobs),
    money(total.ceiling_microusd),
    money(total.cost_microusd),
  ]);
  const columns = [...(head === "" ? [] : [head]), "DECISION", "JOBS", "AT MOST", "DID COST"];
  return table(columns, rows, head === "" ? [1, 2, 3] : [2, 3, 4]);
}
