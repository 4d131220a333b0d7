import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Violation } from "../faults/checker/history.ts";
import { dayOf } from "./sim/clock.ts";
import type { LivedWeek } from "./sim/week.ts";

const FOLDER = join(import.meta.dirname, "../../test-results/week");

type Cells = readonly (string | number)[];

export interface Summary {
  readonly seed: number;
  readonly jobs: number;
  readonly days: number;
  readonly seconds: { readonly lived: number; readonly checked: number };
}

/** The week as tables of plain text. */
export async function reportOf(week: LivedWeek, found: readonly Violation[], summary: Summary): Promise<string> {
  const { db, tally } = week;
  const rows = (sql: string) => db.query<Record<string, string | number>>(sql).then((list) => list.map(Object.values));
  const states = await rows(
    "select type::text as type, state::text as state, count(*)::int as n from public.jobs group by 1, 2 order by 2, 3 desc",
  );
  const spent = await rows(
    `select u.period::text as period, u.starts::text as starts, coalesce(nullif(u.key, ''), 'the fleet') as whose, round(u.limit_microusd / 1e6, 2)::text as most, round(u.captured_microusd / 1e6, 2)::text as spent, round(u.overrun_microusd / 1e6, 2)::text as overrun
     from public.cap_usage u where u.key in ('', 'acorn') order by u.key, u.period, u.starts`,
  );
  const blocks = await rows(
    `select type, count(*)::int as n from public.venture_events where type in ('cap.reached', 'cap.lifted', 'cap.overridden', 'limit.reached', 'limit.lifted', 'spend.overrun', 'stop.engaged', 'stop.lifted', 'work.paused', 'policy.activated')
     group by 1 order by 1`,
  );
  const approvals = await rows(
    `select type, count(*)::int as n from public.job_events where type in ('held', 'expired', 'readmitted') or type like 'decision.%' group by 1 order by 1`,
  );
  const runs = await rows(
    "select coalesce(outcome::text || coalesce(' ' || error_class::text, '') || coalesce(' (' || cause::text || ')', ''), 'open') as ended, count(*)::int as n from public.runs group by 1 order by 2 desc",
  );
  const waiting = await rows(
    `select coalesce(holdpoint.blocked_by(j), j.reason, 'its time has not come') as what, count(*)::int as n from public.jobs j where j.state in ('submitted', 'queued', 'running', 'held') group by 1 order by 2 desc limit 12`,
  );
  const done = [...tally].toSorted(([a], [b]) => a.localeCompare(b));
  const seconds = summary.seconds;
  return [
    `The simulated week: ${week.submitted} jobs in ${summary.days} days from ${dayOf(week.startMs)}, Europe/Berlin.`,
    `Seed ${summary.seed}; replay: HOLDPOINT_WEEK_SEED=${summary.seed} HOLDPOINT_WEEK_JOBS=${summary.jobs} npm test -- week`,
    `Lived in ${seconds.lived.toFixed(1)} s, judged in ${seconds.checked.toFixed(1)} s; ${week.deeds.length} deeds at the provider.`,
    table("Jobs", ["type", "state", "jobs"], states),
    table("Runs", ["ended", "runs"], runs),
    table("Spend against caps, in dollars", ["period", "from", "of", "highest cap", "spent", "overrun"], spent),
    table("Caps, limits, stops, policies", ["event", "times"], blocks),
    table("Approvals", ["event", "times"], approvals),
    table("What waits at the end", ["for", "jobs"], waiting),
    table("Faults and acts", ["what", "times"], done),
    found.length === 0
      ? "Every rule was kept."
      : table("BROKEN RULES", ["rule", "of", "finding"], found.slice(0, 50).map(Object.values)),
  ].join("\n\n");
}

/** Prints the report and keeps it below test-results. Answers where. */
export function keepReport(report: string, seed: number): string {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `week-${seed}.txt`);
  writeFileSync(file, `${report}\n`);
  return file;
}

function table(title: string, heads: readonly string[], rows: readonly Cells[]): string {
  const all = [heads, ...rows.map((row) => row.map(String))];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join("  ")}`.trimEnd();
  return [title, ...all.map(line)].join("\n");
}
