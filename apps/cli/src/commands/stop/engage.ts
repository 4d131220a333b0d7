import type { Command } from "commander";
import { setTimeout as delay } from "node:timers/promises";
import { confirmStop, engageStop, stopScopes, stopStatus, type PeopleClient, type Stop } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, requiredOption, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import { EXIT } from "../../core/exit-codes.ts";
import type { Outcome } from "../../core/outcome.ts";
import { withTargetName } from "../../core/target-name.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { clean } from "../../format/clean.ts";
import { stopText } from "../../format/stop.ts";

interface Options {
  scope: string;
  key?: string;
  reason: string;
  wait?: boolean;
}

/** `holdpoint stop engage` */
export function addStopEngage(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "engage",
    description: "stop: nothing new starts, what runs is aborted",
    options: [
      requiredOption("--scope <scope>", `what to stop: ${stopScopes.join(", ")}`),
      option("--key <key>", "which lane, queue, venture, type or worker"),
      requiredOption("--reason <text>", "why; everybody sees it"),
      option("--wait", "wait until every run in scope has confirmed (STOPPED)"),
    ],
    examples: [
      'stop engage --scope everything --reason "wrong prices are being published"',
      'stop engage --scope venture --key acme --reason "the shop is down" --wait',
      'stop engage --scope paid --reason "the bill looks wrong"',
    ],
    notes: [
      "Scope paid covers jobs with a ceiling above zero; scope effects covers types that declare an effect outside.",
      "Work outside the scope goes on. Works without a worker and without Redis.",
      "Lifting needs an admin: holdpoint stop lift",
    ].join("\n"),
    run: engage,
  });
}

async function engage(context: Context, _args: readonly string[], options: Options): Promise<Outcome> {
  const scope = oneOf("scope", "scope", options.scope, stopScopes);
  const client = await context.client();
  const key = options.key ?? "";
  const { id, same } = await withTargetName(client, scope, key, () =>
    engageStop(client, { scope, key, reason: options.reason }),
  );
  for (const one of same) {
    context.say(
      `A stop of the same scope is in force already, by ${clean(one.by)} ("${clean(one.reason)}"): ${one.id}`,
    );
  }
  try {
    await confirmStop(client, id);
  } catch (error) {
    // The stop is committed; the fleet's janitor finishes the wait for calls in flight when this could not.
    if (!(error instanceof HoldpointError) || !error.retryable) throw error;
    context.say("The stop is committed; calls in flight are not waited out yet, the fleet's janitor does it.");
  }
  const stop = await readStop(context, client, id, options.wait === true);
  return {
    document: { ...stop, same },
    text: stopText([stop], context),
    exit: context.signal.aborted ? EXIT.interrupted : EXIT.done,
  };
}

async function readStop(context: Context, client: PeopleClient, id: string, wait: boolean): Promise<Stop> {
  for (;;) {
    const stop = (await stopStatus(client)).find((one) => one.id === id);
    if (!stop) throw new HoldpointError("conflict", "stop_lifted", `The stop ${id} has been lifted meanwhile.`);
    if (!wait || stop.phase === "STOPPED" || context.signal.aborted) return stop;
    context.progress(`STOPPING: ${stop.open_runs.length} runs have not confirmed`);
    await delay(300);
  }
}
