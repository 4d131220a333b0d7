import type { Command } from "commander";
import { pauseScopes, pauseWork } from "@holdpoint/db/people";
import { addCommand, option, requiredOption, type Runner } from "../core/command.ts";
import type { Context } from "../core/context.ts";
import type { Outcome } from "../core/outcome.ts";
import { withTargetName } from "../core/target-name.ts";
import { oneOf } from "../core/unknown-name.ts";
import { clean } from "../format/clean.ts";

interface Options {
  scope: string;
  key?: string;
  reason: string;
}

/** `holdpoint pause` */
export function addPause(program: Command, runner: Runner): void {
  addCommand<Options>(program, runner, {
    usage: "pause",
    description: "pause work: nothing new starts, what runs goes on",
    options: [
      requiredOption("--scope <scope>", `what to pause: ${pauseScopes.join(", ")}`),
      option("--key <key>", "which lane, queue, venture or type"),
      requiredOption("--reason <text>", "why; everybody sees it"),
    ],
    examples: [
      'pause --scope venture --key acme --reason "the shop moves house"',
      'pause --scope queue --key report --reason "reports wait for the new template"',
    ],
    notes: "`holdpoint status` shows what is paused. To end what runs as well: holdpoint stop engage",
    run: pause,
  });
}

async function pause(context: Context, _args: readonly string[], options: Options): Promise<Outcome> {
  const scope = oneOf("scope", "scope", options.scope, pauseScopes);
  const client = await context.client();
  const key = options.key ?? "";
  const paused = await withTargetName(client, scope, key, () =>
    pauseWork(client, { scope, key, reason: options.reason }),
  );
  const name = `${scope}${key ? ` ${key}` : ""}`;
  return {
    document: paused,
    text: `Paused ${name}: nothing new starts, what runs goes on ("${clean(paused.reason)}").\nResume it: holdpoint resume --scope ${scope}${key ? ` --key ${key}` : ""}`,
  };
}
