import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { HoldpointError } from "@holdpoint/policy";

/** Asks one question on the terminal. A hidden answer is not shown. Without a terminal there is nobody to ask. */
export async function askTerminal(question: string, signal: AbortSignal, hidden = false): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new HoldpointError("invalid", "no_terminal", `"${question.trim()}" can only be asked on a terminal.`, {
      remedy: "Give the value as an option; --help names it.",
    });
  }
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden ? silent : process.stderr, terminal: true });
  try {
    return await lines.question(hidden ? "" : "", { signal });
  } finally {
    lines.close();
    if (hidden) process.stderr.write("\n");
  }
}

/** Reads standard input to its end as UTF-8. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
