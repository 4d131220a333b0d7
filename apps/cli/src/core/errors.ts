import { CommanderError } from "commander";
import { toHoldpointError } from "@holdpoint/db";
import { HoldpointError } from "@holdpoint/policy";
import type { Paint } from "../format/style.ts";
import { clean } from "../format/clean.ts";

const REASONS: Record<string, string> = {
  "commander.unknownOption": "unknown_option",
  "commander.unknownCommand": "unknown_command",
  "commander.missingArgument": "missing_argument",
  "commander.missingMandatoryOptionValue": "missing_option",
  "commander.optionMissingArgument": "missing_value",
  "commander.excessArguments": "excess_arguments",
  "commander.invalidArgument": "bad_value",
  "commander.conflictingOption": "conflicting_options",
};

/** Any failure in the one error shape. A failure nobody foresaw keeps its cause for --debug and shows no text of it. */
export function commandError(error: unknown): HoldpointError {
  if (!(error instanceof CommanderError)) return toHoldpointError(error);
  if (error.code === "commander.help") {
    return new HoldpointError("invalid", "missing_command", "A command is missing.", {
      remedy: "--help shows what there is.",
    });
  }
  const field = /'(?:-\w, )?--([a-z-]+)/.exec(error.message)?.[1];
  const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  return new HoldpointError("invalid", REASONS[error.code] ?? "usage", sentence(message), {
    field: field ?? null,
    remedy: "`holdpoint --help`, or --help after a command, shows what there is.",
  });
}

/** The error for a person: what went wrong, the field, what to do. */
export function errorText(error: HoldpointError, paint: Paint): string {
  const lines = [`${paint("red", "error:")} ${clean(error.message)}`];
  if (error.remedy) lines.push(`${paint("dim", "  try:")} ${clean(error.remedy, true)}`);
  lines.push(paint("dim", `  (${error.code}, ${error.reason}${error.field ? `, ${error.field}` : ""})`));
  return lines.join("\n");
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!)]$/.test(first) ? first : `${first}.`;
}
