import type { Command } from "commander";
import { decide, readJobDetail, type DecisionVerb, type JobDetail } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { clean } from "../../format/clean.ts";
import { relative } from "../../format/time.ts";

interface Options {
  reason?: string;
  planHash?: string;
  typed?: string;
}

/** `holdpoint approvals approve|reject|release|discard|undo` */
export function addAnswer(parent: Command, runner: Runner, verb: DecisionVerb, description: string): void {
  const pinned = verb === "approve" || verb === "reject";
  const typed = verb === "approve" || verb === "release";
  addCommand<Options>(parent, runner, {
    usage: `${verb} <job>`,
    description,
    options: [
      option("--reason <text>", "why; kept with the decision"),
      ...(pinned ? [option("--plan-hash <hex>", "refuse unless the plan is still this one (at least 8 digits)")] : []),
      ...(typed
        ? [option("--typed <text>", "the typed confirmation, where the card asks for one: exactly that text")]
        : []),
    ],
    examples: [`approvals ${verb} 019aa3f2-…${pinned ? " --plan-hash 9f3c01d2a4b6" : ' --reason "fixed the key"'}`],
    notes: "Exit code 1 when somebody decided before, when the plan has changed, or when the job no longer waits.",
    run: (context, args, options) => answerJob(context, verb, args[0] ?? "", options),
  });
}

async function answerJob(context: Context, verb: DecisionVerb, id: string, options: Options): Promise<Outcome> {
  const client = await context.client();
  const pinned = verb === "approve" || verb === "reject";
  const seen = verb === "undo" ? null : seenPlan(await readJobDetail(client, id), options.planHash);
  const planHash = pinned ? seen : null;
  const decided = await decide(client, {
    job: id,
    verb,
    planHash,
    seen,
    reason: options.reason ?? "",
    typed: options.typed ?? null,
  });
  if (decided.missing !== null) {
    return {
      document: decided,
      text: `${id} is still ${decided.state}. Missing: ${clean(decided.missing)}. Take it back: holdpoint approvals undo ${id}`,
    };
  }
  const undo = decided.undo_until ? ` Undo: holdpoint approvals undo ${id}` : "";
  const starts =
    decided.run_at && decided.state === "queued" ? `, starts ${relative(decided.run_at, context.clock)}` : "";
  return { document: decided, text: `${id} is ${decided.state}${starts}.${undo}` };
}

/** The hash that the answer is bound to: the plan as it is now, which must be the one that was seen when that is named. */
function seenPlan({ job, plan }: JobDetail, seen: string | undefined): string | null {
  const hash = plan?.hash ?? job.plan_hash;
  if (seen === undefined) return hash;
  if (!/^[0-9a-f]{8,64}$/i.test(seen)) {
    throw new HoldpointError("invalid", "bad_plan_hash", "--plan-hash is 8 to 64 hex digits.", { field: "plan-hash" });
  }
  if (hash?.startsWith(seen.toLowerCase())) return hash;
  throw new HoldpointError("conflict", "plan_changed", "The plan is not the one you saw.", {
    field: "plan-hash",
    remedy: `Look again: holdpoint approvals show ${job.id}`,
  });
}
