import type { Command } from "commander";
import { readJobDetail, readWorld } from "@holdpoint/db/people";
import { decideAdmission, failingConditions, pastFacts } from "@holdpoint/policy";
import type { AdmissionFacts } from "@holdpoint/policy";
import { addCommand, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { readActivePolicy } from "../../core/simulation.ts";
import { explanationText, type Explanation } from "../../format/explanation.ts";

/** `holdpoint policy explain` */
export function addPolicyExplain(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "explain <job>",
    description: "why policy queued, held or refused a job: its facts, every rule that matched, the one that decided",
    examples: ["policy explain 019aa3f2-…", "policy explain 019aa3f2-… --json"],
    run: explain,
  });
}

async function explain(context: Context, args: readonly string[]): Promise<Outcome> {
  const client = await context.client();
  const { job } = await readJobDetail(client, args[0] ?? "");
  // What was decided about a job that is submitted again is void.
  const version = job.state === "submitted" ? null : job.policy_version;
  const policy = await readActivePolicy(client, version ?? undefined);
  const { types, ventures } = await readWorld(client);
  const venture = ventures.get(job.venture) ?? { key: job.venture, trusted: false, demo: false, capSet: false };
  const past = {
    type: job.type,
    typeVersion: job.type_version,
    urgent: job.urgent,
    submittedByKind: job.submitted_by.kind,
    estimateMicrousd: job.estimate_microusd,
    ceilingMicrousd: job.ceiling_microusd,
    rule: job.rule,
    reason: job.reason,
  };
  const facts: AdmissionFacts = pastFacts(past, types.get(`${job.type} ${job.type_version}`) ?? null, venture);
  const decision = decideAdmission(facts, policy);
  const explanation: Explanation = {
    job: job.id,
    state: job.state,
    decided: version !== null,
    policy_version: policy.version,
    recorded: { rule: job.rule, needs_approval: job.needs_approval },
    decision,
    facts,
    rules: policy.rules.map((rule) => ({
      name: rule.name,
      outcome: rule.outcome,
      when: rule.when,
      failing: failingConditions(rule.when, facts),
    })),
  };
  return { document: explanation, text: explanationText(explanation, context) };
}
