import type { Waiting } from "@holdpoint/db/people";
import type { Paint } from "../format/style.ts";

export interface SummaryFacts {
  seconds: number;
  siteUrl: string | null;
  email: string;
  /** First start only. */
  password: string | null;
  dataDir: string;
  logs: string;
  /** What became of the very first jobs; empty on a later start. */
  firstWork: string[];
  /** What waits for a person, as far as it was read; null when it could not be read. */
  waiting: Waiting[] | null;
}

/** What the start ends with: where to go, how to get in, where things lie, what waits, how to stop. */
export function summary(facts: SummaryFacts, paint: Paint): string {
  const rows: [string, string][] = [
    facts.siteUrl === null ? ["Dashboard", "not started (--no-web)"] : ["Dashboard", paint("bold", facts.siteUrl)],
    ["E-mail", facts.email],
  ];
  if (facts.password !== null) {
    rows.push(["Password", `${paint("bold", facts.password)}   shown only this once; you will be asked to change it`]);
  }
  for (const [index, line] of facts.firstWork.entries()) rows.push([index === 0 ? "First work" : "", line]);
  rows.push(
    ["Waiting", waitingText(facts.waiting)],
    ["Data", facts.dataDir],
    ["Logs", facts.logs],
    ["Commands", "npx holdpoint --help"],
    ["Stop", "Ctrl-C"],
  );
  const lines = rows.map(([name, value]) => `  ${name.padEnd(11)}${value}`);
  return ["", `  Holdpoint is running (${facts.seconds.toFixed(1)} s).`, "", ...lines, ""].join("\n");
}

function waitingText(waiting: Waiting[] | null): string {
  if (waiting === null) return "unknown: it could not be read";
  if (waiting.length === 0) return "nothing waits for you";
  const [first] = waiting;
  const what = `${first?.type} of ${first?.venture}`;
  return waiting.length === 1 ? `1 job waits for you: ${what}` : `${waiting.length} jobs wait for you, first ${what}`;
}
