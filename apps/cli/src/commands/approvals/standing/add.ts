import type { Command } from "commander";
import { addStanding, readJobDetail } from "@holdpoint/db/people";
import { HoldpointError, parseMoney } from "@holdpoint/policy";
import { addCommand, option, requiredOption, type Runner } from "../../../core/command.ts";
import { clean } from "../../../format/clean.ts";
import { parseTime } from "../../../format/parse-time.ts";
import { exactTime } from "../../../format/time.ts";
import { filledIn } from "../answer.ts";

interface Options {
  until: string;
  reason: string;
  uses?: string;
  cost?: string;
  onlySchedule?: boolean;
  planHash?: string;
  typed?: string;
  form?: string[];
}

/** `holdpoint approvals standing add` */
export function addStandingAdd(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "add <job>",
    description: "approve exactly the plan of a job for jobs to come",
    options: [
      requiredOption("--until <time>", "its end, within a year"),
      requiredOption("--reason <text>", "why nobody need look each time"),
      option("--uses <n>", "at most so often"),
      option("--cost <dollars>", "up to this cost in all; a paid plan needs it"),
      option("--only-schedule", "only what the job's schedule submits"),
      option("--plan-hash <hex>", "refuse unless the plan is still this one (at least 8 digits)"),
      option("--typed <text>", "the typed confirmation, where the card asks for one"),
      option("--form <name=value...>", "values of the form that the card shows"),
    ],
    examples: [
      'approvals standing add 019aa3f2-… --until 2026-12-31 --uses 30 --reason "the nightly build, unchanged"',
      'approvals standing add 019aa3f2-… --until 2026-12-31 --cost 20 --reason "the weekly invoice"',
    ],
    notes:
      "For jobs that are admitted from now on; approve this one as always. Any change of the plan asks a person again. " +
      "Where two people must approve, it stands once a second one has signed it.",
    async run(context, args, options) {
      const client = await context.client();
      const detail = await readJobDetail(client, args[0] ?? "");
      const hash = detail.plan?.hash ?? detail.job.plan_hash ?? "";
      if (
        options.planHash !== undefined &&
        !(options.planHash.length >= 8 && hash.startsWith(options.planHash.toLowerCase()))
      ) {
        throw new HoldpointError("conflict", "plan_changed", "The plan is not the one you saw.", {
          field: "plan-hash",
        });
      }
      const form = filledIn(detail, options.form ?? []);
      const made = await addStanding(client, {
        job: detail.job.id,
        plan_hash: hash,
        seen: hash,
        until: parseTime(options.until, "until", context.clock),
        reason: options.reason,
        ...(options.uses === undefined ? {} : { max_uses: Number(options.uses) }),
        ...(options.cost === undefined ? {} : { budget_microusd: parseMoney(options.cost, "cost") }),
        ...(options.onlySchedule === true ? { only_schedule: true } : {}),
        ...(options.typed === undefined ? {} : { typed: options.typed }),
        ...(Object.keys(form).length === 0 ? {} : { form }),
      });
      const next =
        made.missing > 0
          ? ` A second person must sign it: holdpoint approvals standing sign ${made.id} --plan-hash ${hash.slice(0, 12)}`
          : "";
      const what = made.schedule === null ? made.type : `${made.type} of ${clean(made.schedule)}`;
      return {
        document: made,
        text: `${made.id}: ${what} in ${made.venture} with this plan, until ${exactTime(made.until, context.clock)}.${next}`,
      };
    },
  });
}
