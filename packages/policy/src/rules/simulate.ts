import { decideAdmission } from "../admission.ts";
import type { AdmissionDecision } from "../admission.ts";
import type { AdmissionFacts } from "../admission-facts.ts";
import type { ApprovalRequirement } from "../approval.ts";
import { approvalWords } from "./policy.ts";
import type { Policy } from "./policy.ts";

export type Verdict = AdmissionDecision["decision"];

/** Past jobs with the same facts, and what was decided about all of them. */
export interface PastClass {
  readonly facts: AdmissionFacts;
  readonly decision: Verdict;
  readonly rule: string | null;
  readonly approval: ApprovalRequirement | null;
  readonly jobs: number;
  /** What they really cost, together. */
  readonly costMicrousd: number;
  /** Ids of the newest of them. */
  readonly ids: readonly string[];
}

/** How many jobs went, or would go, one way instead of another; with the most they may cost, and what they did cost. */
export interface SimulatedTotal {
  readonly from: Verdict;
  readonly to: Verdict;
  jobs: number;
  ceiling_microusd: number;
  cost_microusd: number;
}

export interface SimulatedJob {
  readonly id: string;
  readonly type: string;
  readonly venture: string;
  readonly from: Verdict;
  readonly to: Verdict;
  readonly was_rule: string | null;
  readonly rule: string;
  readonly reason: string;
  readonly ceiling_microusd: number;
  /** What an approval would take; null when none is needed. */
  readonly approval: string | null;
}

export interface Simulation {
  jobs: number;
  changed: number;
  /** Of the changed: the active policy would decide these the same way today; what moved is not the policy. */
  changed_anyway: number;
  totals: SimulatedTotal[];
  by_venture: (SimulatedTotal & { venture: string })[];
  by_type: (SimulatedTotal & { type: string })[];
  /** Changed jobs, newest first; not all when `cut`. */
  list: SimulatedJob[];
  cut: boolean;
}

/**
 * Runs past jobs through a proposed policy. Changed is what would be decided otherwise, or would ask for another approval
 * than it did. Pure; `listed` is the most jobs that are named.
 */
export function simulatePolicy(
  past: readonly PastClass[],
  proposed: Policy,
  active: Policy,
  listed: number,
): Simulation {
  const totals = new Map<string, SimulatedTotal>();
  const ventures = new Map<string, SimulatedTotal & { venture: string }>();
  const types = new Map<string, SimulatedTotal & { type: string }>();
  const found = { jobs: 0, changed: 0, changed_anyway: 0 };
  const list: SimulatedJob[] = [];
  for (const one of past) {
    const { facts, decision: from } = one;
    const then = decideAdmission(facts, proposed);
    const change = { from, to: then.decision };
    found.jobs += one.jobs;
    add(totals, `${from}>${then.decision}`, change, one);
    if (!differs(one, then)) continue;
    const [venture, type] = [facts.venture.key, facts.typeName];
    add(ventures, `${venture}>${from}>${then.decision}`, { ...change, venture }, one);
    add(types, `${type}>${from}>${then.decision}`, { ...change, type }, one);
    found.changed += one.jobs;
    if (!differs({ decision: then.decision, approval: then.approval }, decideAdmission(facts, active)))
      found.changed_anyway += one.jobs;
    for (const id of one.ids) list.push(simulated(id, one, then));
  }
  list.sort((a, b) => (a.id < b.id ? 1 : -1));
  return {
    ...found,
    totals: sorted(totals),
    by_venture: sorted(ventures),
    by_type: sorted(types),
    list: list.slice(0, listed),
    cut: found.changed > listed,
  };
}

function differs(was: Pick<PastClass, "decision" | "approval">, then: AdmissionDecision): boolean {
  if (was.decision !== then.decision) return true;
  return then.decision === "held" && wordsOf(was.approval) !== wordsOf(then.approval);
}

function wordsOf(approval: ApprovalRequirement | null): string {
  return approval === null
    ? ""
    : `${approvalWords(approval)} ${approval.members?.join() ?? ""} ${approval.reminder_ms}`;
}

function simulated(id: string, { facts, decision, rule }: PastClass, then: AdmissionDecision): SimulatedJob {
  return {
    id,
    type: facts.typeName,
    venture: facts.venture.key,
    from: decision,
    to: then.decision,
    was_rule: rule,
    rule: then.rule,
    reason: then.reason,
    ceiling_microusd: facts.ceilingMicrousd,
    approval: then.approval === null ? null : approvalWords(then.approval),
  };
}

type Change = Pick<SimulatedTotal, "from" | "to">;

function add<T extends object>(
  totals: Map<string, SimulatedTotal & T>,
  key: string,
  change: Change & T,
  { facts, jobs, costMicrousd }: PastClass,
): void {
  const total = totals.get(key) ?? { ...change, jobs: 0, ceiling_microusd: 0, cost_microusd: 0 };
  total.jobs += jobs;
  total.ceiling_microusd += facts.ceilingMicrousd * jobs;
  total.cost_microusd += costMicrousd;
  totals.set(key, total);
}

function sorted<T extends SimulatedTotal>(totals: Map<string, T>): T[] {
  return [...totals.values()].sort((a, b) => b.jobs - a.jobs);
}
