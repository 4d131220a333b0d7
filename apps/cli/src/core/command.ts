import { Command, Option } from "commander";
import { HoldpointError } from "@holdpoint/policy";
import type { Context } from "./context.ts";
import type { Outcome } from "./outcome.ts";

export interface CommonOptions {
  json?: boolean;
  dataDir?: string;
  timeZone?: string;
}

/** Gives every command the same way out: its outcome goes to the runner, which prints it and sets the exit code. */
export interface Runner {
  run(options: CommonOptions, work: (context: Context) => Promise<Outcome>): Promise<void>;
}

interface Spec<Options> {
  /** With its arguments, e.g. "show <job>". */
  usage: string;
  description: string;
  options?: readonly Option[];
  /** Lines shown under "Examples:", without the leading "holdpoint". */
  examples: readonly string[];
  /** Further lines of --help, e.g. what exit codes mean here. */
  notes?: string;
  run(context: Context, args: readonly string[], options: Options): Promise<Outcome>;
}

/** Adds a command with the options that all have, and its examples under --help. */
export function addCommand<Options extends object>(parent: Command, runner: Runner, spec: Spec<Options>): Command {
  const command = parent.command(spec.usage).description(spec.description);
  // Commander looks for missing options before unknown ones, and so would hide the typo behind its consequence.
  const required = (spec.options ?? []).filter((one) => one.mandatory);
  for (const one of spec.options ?? []) command.addOption(one.makeOptionMandatory(false));
  command
    .option("--json", "print one JSON document on standard output and nothing else there")
    .option("--data-dir <dir>", "the local stack's folder (default: $HOLDPOINT_DATA_DIR, else .holdpoint)")
    .option("--time-zone <zone>", "write times in this zone (default: the machine's)");
  const examples = spec.examples.map((line) => `  $ holdpoint ${line}`).join("\n");
  command.addHelpText("after", `\nExamples:\n${examples}${spec.notes ? `\n\n${spec.notes}` : ""}`);
  command.action(async () => {
    const options = command.opts<Options & CommonOptions>();
    const missing = required.find((one) => command.getOptionValue(one.attributeName()) === undefined);
    if (missing) throw missingOption(missing, command);
    await runner.run(options, (context) => spec.run(context, command.args, options));
  });
  return command;
}

export function option(flags: string, description: string): Option {
  return new Option(flags, description);
}

/** An option without which the command is a usage error. */
export function requiredOption(flags: string, description: string): Option {
  return new Option(flags, `${description} (required)`).makeOptionMandatory();
}

/** An option that may be given several times, or once with commas. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: string[] | undefined) => [
    ...(before ?? []),
    ...value.split(",").filter((part) => part !== ""),
  ]);
}

function missingOption(missing: Option, command: Command): HoldpointError {
  const field = missing.name();
  return new HoldpointError("invalid", "missing_option", `The option --${field} is missing.`, {
    field,
    remedy: `See: holdpoint ${wordsOf(command)} --help`,
  });
}

function wordsOf(command: Command): string {
  const words: string[] = [];
  for (let one: Command | null = command; one?.parent; one = one.parent) words.unshift(one.name());
  return words.join(" ");
}
