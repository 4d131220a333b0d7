import { CommanderError } from "commander";
import { commandError, errorText } from "./core/errors.ts";
import { exitCodeOf } from "./core/exit-codes.ts";
import { paintFor } from "./format/style.ts";
import { createProgram } from "./program.ts";

/** Runs one command line to its end and sets the process's exit code. Never throws; errors are printed in the one shape. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  let help = "";
  try {
    await createProgram((text) => (help = text)).parseAsync(argv);
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return;
    printError(thrown, argv.includes("--json"), help);
  }
}

function printError(thrown: unknown, json: boolean, help: string): void {
  const error = commandError(thrown);
  if (json) process.stdout.write(`${JSON.stringify({ error: error.toJSON() }, null, 2)}\n`);
  else if (error.reason === "missing_command") process.stderr.write(help);
  else process.stderr.write(`${errorText(error, paintFor(process.stderr, process.env))}\n`);
  if (process.env["HOLDPOINT_DEBUG"]) process.stderr.write(`${String(error.stack)}\n${describe(error.cause)}\n`);
  process.exitCode = exitCodeOf(error.code);
}

function describe(cause: unknown): string {
  return cause instanceof Error ? String(cause.stack) : JSON.stringify(cause);
}
