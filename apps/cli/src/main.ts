#!/usr/bin/env node
import { CommanderError } from "commander";
import { commandError, errorText } from "./core/errors.ts";
import { exitCodeOf } from "./core/exit-codes.ts";
import { paintFor } from "./format/style.ts";
import { createProgram } from "./program.ts";

const wantsJson = process.argv.slice(2).includes("--json");

// `holdpoint jobs list | head -1`: the reader has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await createProgram().parseAsync(process.argv);
} catch (thrown) {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) {
    process.exitCode = 0;
  } else {
    const error = commandError(thrown);
    if (wantsJson) process.stdout.write(`${JSON.stringify({ error: error.toJSON() }, null, 2)}\n`);
    else process.stderr.write(`${errorText(error, paintFor(process.stderr, process.env))}\n`);
    if (process.env["HOLDPOINT_DEBUG"]) process.stderr.write(`${String(error.stack)}\n${describe(error.cause)}\n`);
    process.exitCode = exitCodeOf(error.code);
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? String(cause.stack) : JSON.stringify(cause);
}
