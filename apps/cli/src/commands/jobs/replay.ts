import type { Command } from "commander";
import { replayJob } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { readPayload } from "../../core/payload.ts";

interface Options {
  payload?: string;
  fromStep?: string;
  dryRun?: boolean;
  key?: string;
}

/** `holdpoint jobs replay` */
export function addJobsReplay(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "replay <job>",
    description: "make a new job from this one, which stays as it is; it goes through admission like any job",
    options: [
      option("--payload <json>", "another payload: JSON object, @file, or @- (default: the same)"),
      option("--from-step <name>", "take over the results of the steps before this one"),
      option("--dry-run", "call no effect and set no money aside; intents are recorded as not done"),
      option("--key <key>", "idempotency key: the same key again answers with the first replay"),
    ],
    examples: ["jobs replay 019aa3f2-… --dry-run", "jobs replay 019aa3f2-… --from-step publish"],
    notes:
      "A dry run needs the approvals that the real one would. Steps are taken over only while the type's version is the same.",
    async run(context, args, options) {
      const made = await replayJob(await context.client(), {
        job: args[0] ?? "",
        ...(options.payload === undefined ? {} : { payload: await readPayload(context, options.payload) }),
        ...(options.fromStep === undefined ? {} : { from_step: options.fromStep }),
        ...(options.dryRun ? { dry_run: true } : {}),
        ...(options.key === undefined ? {} : { key: options.key }),
      });
      const kept = made.from_step === null ? "" : `, ${made.steps} steps taken over`;
      return {
        document: made,
        text: `Submitted ${made.id}, a ${made.dry_run ? "dry run" : "replay"} of ${made.of}${kept}.`,
      };
    },
  });
}
