import type { Command } from "commander";
import { pauseScopes, resumeWork } from "@holdpoint/db/people";
import { addCommand, option, requiredOption, type Runner } from "../core/command.ts";
import type { Context } from "../core/context.ts";
import type { Outcome } from "../core/outcome.ts";
import { withTargetName } from "../core/target-name.ts";
import { oneOf } from "../core/unknown-name.ts";
import { clean } from "../format/clean.ts";
import { relative } from "../format/time.ts";

interface Options {
  scope: string;
  key?: string;
  reason?: string;
}

/** `holdpoint resume` */
export function addResume(program: Command, runner: Runner): void {
  addCommand<Options>(program, runner, {
    usage: "resume",
    description: "resume what was paused",
    options: [
      requiredOption("--scope <scope>", `what to resume: ${pauseScopes.join(", ")}`),
      option("--key <key>", "which lane, queue, venture or type"),
      option("--reason <text>", "why, for the record"),
    ],
    examples: ["resume --scope venture --key acme"],
    notes: "Stops and other pauses that overlap stay: `holdpoint status` shows them.",
    run: resume,
  });
}

async function resume(context: Context, _args: readonly string[], options: Options): Promise<Outcome> {
  const scope = oneOf("scope", "scope", options.scope, pauseScopes);
  const client = await context.client();
  const key = options.key ?? "";
  const resumed = await withTargetName(client, scope, key, () =>
    resumeWork(client, { scope, key, reason: options.reason ?? null }),
  );
  const since = relative(resumed.paused_since, context.clock);
  return {
    document: resumed,
    text: `Resumed ${scope}${key ? ` ${key}` : ""}, paused by ${clean(resumed.paused_by)} ${since}.`,
  };
}
