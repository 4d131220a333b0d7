import { Command } from "commander";
import { HoldpointError } from "@holdpoint/policy";
import { parseOptions } from "./options.ts";
import type { RawOptions } from "./options.ts";
import { StopAsked, stopSignal } from "./stop-signal.ts";

const NOTES = `
Everything listens on 127.0.0.1. Data, logs and secrets lie in the data folder; a later start goes on with them.

Exit codes:
  0  stopped by Ctrl-C or SIGTERM
  1  could not start (port taken, folder in use, another PostgreSQL's data): one sentence says why
  2  an option is wrong

Examples:
  $ npm start
  $ npm start -- --port 3001 --data-dir ~/holdpoint
  $ npm start -- --no-web --lanes build,eval`;

/** \`holdpoint start\`, which is what \`npm start\` runs: the whole product on this machine until Ctrl-C. */
export const startCommand: Command = new Command("start")
  .description("run everything on this machine until Ctrl-C: database, dashboard and one worker")
  .option("--port <port>", "the dashboard's port (default: the last one, else 3000)")
  .option("--data-dir <dir>", "where everything is kept (default: $HOLDPOINT_DATA_DIR, else .holdpoint)")
  .option("--no-web", "without the dashboard")
  .option("--lanes <lanes>", "the worker's lanes, with commas (default: all)")
  .option("--dev", "for contributors: the dashboard from its sources, the worker started again at each change")
  .addHelpText("after", NOTES)
  .action(async () => {
    const options = parseOptions(startCommand.opts<RawOptions>(), process.env, process.cwd());
    // What runs the stack takes a while to load, and the other commands never need it.
    const [{ runStart }, { createScreen }] = await Promise.all([import("./run-start.ts"), import("./screen.ts")]);
    const stop = stopSignal(() => process.exit(1));
    try {
      await runStart(options, createScreen(process.stdout, process.env), stop.signal);
    } catch (error) {
      if (!(error instanceof StopAsked) && !stop.signal.aborted) throw error;
    } finally {
      stop.release();
    }
    process.exitCode = 0;
  });

if (import.meta.main) {
  try {
    await startCommand.parseAsync(process.argv);
  } catch (error) {
    const remedy = error instanceof HoldpointError && error.remedy ? `\n  try: ${error.remedy}` : "";
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}${remedy}\n`);
    process.exitCode = error instanceof HoldpointError && error.code === "invalid" ? 2 : 1;
  }
}
