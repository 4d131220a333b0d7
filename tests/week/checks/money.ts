import type { Violation } from "../../faults/checker/history.ts";
import { dayOf, weekOf } from "../sim/clock.ts";
import type { LivedWeek } from "../sim/week.ts";

interface CapEvent extends Record<string, unknown> {
  type: "cap.set" | "cap.overridden" | "cap.override_ended";
  at: number;
  scope: string;
  key: string;
  period: "day" | "week";
  cap: number;
  until: number | null;
}

interface Entry extends Record<string, unknown> {
  at: number;
  reason: string;
  account: string;
  venture: string;
  amount: number;
  day: string;
  week: string;
}

/** Each reservation left every cap over it at or below what was in force at that moment, overruns counted. */
export async function checkCaps({ db }: LivedWeek): Promise<Violation[]> {
  const events = await db.query<CapEvent>(
    `select type, (extract(epoch from at) * 1000000)::float8 as at, d ->> 'scope' as scope, d ->> 'key' as key, d ->> 'period' as period,
       (d ->> 'cap_microusd')::float8 as cap, (d ->> 'until')::float8 as until
     from (select type, at, seq, body::jsonb -> 'data' as d from public.venture_events where type in ('cap.set', 'cap.overridden', 'cap.override_ended')) e order by at`,
  );
  const entries = await db.query<Entry>(
    `select (extract(epoch from at) * 1000000)::float8 as at, reason, account, venture::text as venture, amount_microusd::float8 as amount, day::text as day, week::text as week
     from public.ledger where account <> 'budget' order by id`,
  );
  const found: Violation[] = [];
  for (const [name, history] of Map.groupBy(events, ({ scope, key, period }) => `${scope} ${key} ${period}`)) {
    const [first] = history;
    if (first === undefined) continue;
    const committed = new Map<string, number>();
    for (const entry of entries) {
      if (first.scope === "venture" && entry.venture !== first.key) continue;
      const starts = first.period === "day" ? entry.day : entry.week;
      const sum = (committed.get(starts) ?? 0) + entry.amount;
      committed.set(starts, sum);
      const cap = capAt(history, entry.at);
      if (entry.reason === "reserve" && cap !== null && sum > cap) {
        found.push({
          rule: "caps",
          subject: `${name} ${starts}`,
          finding: `${sum} were committed under a cap of ${cap}`,
        });
      }
    }
  }
  return found;
}

function capAt(history: readonly CapEvent[], at: number): number | null {
  const before = history.filter((event) => event.at <= at);
  const override = before.findLast(({ type }) => type !== "cap.set");
  if (override?.type === "cap.overridden" && (override.until ?? 0) > at) return override.cap;
  return before.findLast(({ type }) => type === "cap.set")?.cap ?? null;
}

/** Days and weeks of reservations are those of the fleet's zone, summer time included; computed without the database. */
export async function checkPeriods({ db }: LivedWeek): Promise<Violation[]> {
  const rows = await db.query<{ job: string; at: Date; day: string; week: string }>(
    "select job_id as job, at, day::text as day, week::text as week from public.reservations",
  );
  return rows.flatMap(({ job, at, day, week }) => {
    const own = dayOf(at.getTime());
    if (own === day && weekOf(own) === week) return [];
    return [{ rule: "periods", subject: job, finding: `${at.toISOString()} was booked on ${day} of week ${week}` }];
  });
}

/**
 * The provider's record and the receipts tell the same: each deed once, each with a receipt, each receipt with a deed. Open
 * is only what a run began that died, of a job that still waits to settle it.
 */
export async function checkDeeds({ db, deeds }: LivedWeek): Promise<Violation[]> {
  const rows = await db.query<{ key: string; outcome: string | null }>(
    `select 'holdpoint:' || e.job_id || ':' || e.key as key,
       case when e.outcome is null and j.state in ('queued', 'held', 'submitted') then 'waits' else e.outcome end as outcome
     from public.effects e left join public.jobs j on j.id = e.job_id`,
  );
  const outcomes = new Map(rows.map(({ key, outcome }) => [key, outcome]));
  const did = Map.groupBy(deeds, ({ key }) => key);
  const found: Violation[] = [];
  for (const [key, times] of did) {
    if (times.length > 1) found.push({ rule: "deeds", subject: key, finding: `it was done ${times.length} times` });
    if (!["done", "waits"].includes(outcomes.get(key) ?? "open"))
      found.push({
        rule: "deeds",
        subject: key,
        finding: `it was done, and is recorded as ${outcomes.get(key) ?? "open"}`,
      });
  }
  for (const [key, outcome] of outcomes) {
    if (outcome === "done" && !did.has(key))
      found.push({ rule: "deeds", subject: key, finding: "it is recorded as done, and was not" });
  }
  return found;
}
