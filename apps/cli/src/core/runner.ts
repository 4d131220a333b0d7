import { findConnection } from "../connection/find.ts";
import type { Connection } from "../connection/connection.ts";
import { paintFor } from "../format/style.ts";
import { checkZone } from "../format/time.ts";
import { signedIn } from "../connection/signed-in.ts";
import type { CommonOptions, Runner } from "./command.ts";
import type { Context } from "./context.ts";
import type { Outcome } from "./outcome.ts";
import { askTerminal, readStandardInput } from "./terminal.ts";

/** The runner of one process. It alone writes to standard output: once, at the end, but for what a command lets through meanwhile. */
export function createRunner(): Runner {
  return {
    async run(options, work) {
      const context = createContext(options);
      let outcome: Outcome;
      try {
        outcome = await work(context);
      } finally {
        context.progress("");
      }
      const text = options.json ? JSON.stringify(outcome.document, null, 2) : outcome.text;
      if (text !== "") process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
      process.exitCode = outcome.exit ?? 0;
    },
  };
}

function createContext(options: CommonOptions): Context {
  const json = options.json === true;
  const interactive = !json && process.stderr.isTTY === true;
  let connection: Promise<Connection> | undefined;
  let interrupt: AbortSignal | undefined;
  let shown = false;
  const context: Context = {
    env: process.env,
    cwd: process.cwd(),
    json,
    dataDir: options.dataDir,
    clock: { now: () => Date.now(), zone: checkZone(options.timeZone) },
    paint: paintFor(process.stdout, process.env),
    interactive,
    get signal() {
      return (interrupt ??= onInterrupt());
    },
    say(line) {
      if (!json) process.stderr.write(`${line}\n`);
    },
    write(text) {
      return new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error)));
    },
    progress(line) {
      if (!interactive || (line === "" && !shown)) return;
      shown = line !== "";
      process.stderr.write(`\r\u001b[2K${line.slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1))}`);
    },
    readInput: readStandardInput,
    ask: (question, { hidden = false } = {}) => askTerminal(question, context.signal, hidden),
    connect: () => (connection ??= findConnection(context)),
    client: async () => await signedIn(await context.connect()),
  };
  return context;
}

/** Aborts at the first Ctrl-C; a second one ends the process as usual. Installed only by commands that wait. */
function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  return controller.signal;
}
