import type { Command } from "commander";
import { liftStop, stopStatus, type Stop } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { clean } from "../../format/clean.ts";

/** `holdpoint stop lift` */
export function addStopLift(parent: Command, runner: Runner): void {
  addCommand<{ confirm?: string }>(parent, runner, {
    usage: "lift [stop]",
    description: "lift one stop; needs an admin and the word LIFT",
    options: [option("--confirm <word>", "the word LIFT, for scripts; a person is asked for it")],
    examples: ["stop lift", "stop lift 019aa3f2-… --confirm LIFT"],
    notes: "Without an id it lifts the one stop there is. Several stops may overlap: work goes on when all are lifted.",
    run: lift,
  });
}

async function lift(context: Context, args: readonly string[], options: { confirm?: string }): Promise<Outcome> {
  const client = await context.client();
  const stop = choose(await stopStatus(client), args[0]);
  const what = `the stop of ${stop.scope}${stop.key ? ` ${stop.key}` : ""} ("${clean(stop.reason)}")`;
  const confirmation = options.confirm ?? (await context.ask(`Type LIFT to lift ${what}: `)).trim();
  if (confirmation !== "LIFT") {
    throw new HoldpointError("invalid", "not_confirmed", "Not lifted: the word LIFT was not given.", {
      field: "confirm",
    });
  }
  await liftStop(client, { id: stop.id, confirmation });
  const left = (await stopStatus(client)).length;
  const more = left > 0 ? ` ${left} more ${left === 1 ? "stop is" : "stops are"} engaged.` : "";
  return { document: { id: stop.id, lifted: true, stops_left: left }, text: `Lifted ${what}.${more}` };
}

function choose(stops: readonly Stop[], id: string | undefined): Stop {
  const [first] = stops;
  if (id !== undefined) {
    const found = stops.find((one) => one.id === id);
    if (found) return found;
    throw new HoldpointError("not_found", "unknown_stop", `No stop ${id} is engaged.`, {
      field: "stop",
      remedy: "`holdpoint stop status` lists the stops.",
    });
  }
  if (!first) throw new HoldpointError("not_found", "no_stop", "No stop is engaged.", { field: "stop" });
  if (stops.length === 1) return first;
  throw new HoldpointError("invalid", "several_stops", `${stops.length} stops are engaged: name the one to lift.`, {
    field: "stop",
    remedy: "`holdpoint stop status` lists the stops.",
  });
}
