import type { Command } from "commander";
import { answeredHash, decide, readJobDetail, type DecisionVerb, type JobDetail } from "@holdpoint/db/people";
import { checkForm, HoldpointError, type FormValues } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { clean } from "../../format/clean.ts";
import { relative } from "../../format/time.ts";

interface Options {
  reason?: string;
  planHash?: string;
  typed?: string;
  form?: string[];
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
        ? [
            option("--typed <text>", "the typed confirmation, where the card asks for one: exactly that text"),
            option("--form <name=value...>", "values of the form that the card shows"),
          ]
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
  const detail = verb === "undo" ? null : await readJobDetail(client, id);
  const seen = detail === null ? null : seenPlan(detail, options.planHash);
  const yes = verb === "approve" || verb === "release";
  const planHash = pinned ? seen : null;
  const decided = await decide(client, {
    job: id,
    verb,
    planHash,
    seen,
    reason: options.reason ?? "",
    typed: options.typed ?? null,
    form: yes && detail !== null ? filledIn(detail, options.form ?? []) : {},
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

/** The values of the card's form, from name=value; a value outside its range is refused before it is sent. */
export function filledIn(detail: JobDetail, pairs: readonly string[]): FormValues {
  const given: Record<string, string> = {};
  for (const pair of pairs) {
    const cut = pair.indexOf("=");
    if (cut < 1) {
      throw new HoldpointError("invalid", "bad_form", `--form takes name=value, not "${pair}".`, { field: "form" });
    }
    given[pair.slice(0, cut)] = pair.slice(cut + 1);
  }
  const { values, problems } = checkForm(detail.approval_status?.form ?? [], given);
  const [problem] = problems;
  if (problem) {
    throw new HoldpointError("invalid", "bad_form", `"${problem.field}" ${problem.message}.`, {
      field: `form.${problem.field}`,
      remedy: `See the fields: holdpoint approvals show ${detail.job.id}`,
    });
  }
  return values;
}

/** The hash that the answer is bound to: the plan as it is now, which must be the one that was seen when that is named. */
function seenPlan(detail: JobDetail, seen: string | undefined): string | null {
  const hash = answeredHash(detail);
  if (seen === undefined) return hash;
  if (!/^[0-9a-f]{8,64}$/i.test(seen)) {
    throw new HoldpointError("invalid", "bad_plan_hash", "--plan-hash is 8 to 64 hex digits.", { field: "plan-hash" });
  }
  if (hash?.startsWith(seen.toLowerCase())) return hash;
  throw new HoldpointError("conflict", "plan_changed", "The plan is not the one you saw.", {
    field: "plan-hash",
    remedy: `Look again: holdpoint approvals show ${detail.job.id}`,
  });
}
