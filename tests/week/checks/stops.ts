import type { Violation } from "../../faults/checker/history.ts";
import type { LivedWeek } from "../sim/week.ts";

interface Stop extends Record<string, unknown> {
  id: string;
  scope: string;
  key: string;
  from: number | null;
  until: number | null;
}

interface Run extends Record<string, unknown> {
  job: string;
  venture: string;
  type: string;
  paid: boolean;
  effects: boolean;
  worker: string;
  started: number;
  ended: number | null;
  outcome: string | null;
}

/** A worker that hears has given up within this time. */
const HEARD_WITHIN_MS = 60_000;

/**
 * One stop stops everything in its scope: from its effective_at until it is lifted nothing starts there and no effect
 * begins, and what ran was given up, but for workers that were frozen or dead: their leases ended it.
 */
export async function checkStopsOfAllScopes({ db, frozen }: LivedWeek): Promise<Violation[]> {
  const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;
  const stops = await db.query<Stop>(
    `select g.d ->> 'block' as id, g.d ->> 'scope' as scope, g.d ->> 'key' as key, ${ms("e.at")} as from, ${ms("l.at")} as until
     from (select body::jsonb -> 'data' as d from public.venture_events where type = 'stop.engaged') g
     left join (select at, body::jsonb -> 'data' as d from public.venture_events where type = 'stop.effective') e on e.d ->> 'block' = g.d ->> 'block'
     left join (select at, body::jsonb -> 'data' as d from public.venture_events where type = 'stop.lifted') l on l.d ->> 'block' = g.d ->> 'block'`,
  );
  const runs = await db.query<Run>(
    `select r.job_id as job, j.venture::text as venture, j.type::text as type, j.paid, t.effect_kinds <> '{}' as effects, r.worker_id as worker,
       ${ms("r.started_at")} as started, ${ms("r.ended_at")} as ended, r.outcome::text as outcome
     from public.runs r join public.jobs j on j.id = r.job_id join public.job_types t on t.name = j.type and t.version = j.type_version`,
  );
  const intents = await db.query<{ job: string; at: number }>(
    `select stream as job, ${ms("at")} as at from public.job_events where type = 'effect.intent'`,
  );
  const byJob = new Map(runs.map((run) => [run.job, run]));
  const found: Violation[] = [];
  for (const stop of stops) {
    const { from } = stop;
    const fault = (job: string, finding: string) =>
      found.push({ rule: "one stop", subject: `${stop.scope} ${stop.key}`.trim(), finding: `${job} ${finding}` });
    if (from === null) {
      fault("no job", "was safe from it: it never took effect");
      continue;
    }
    const during = (at: number) => at > from && (stop.until === null || at < stop.until);
    for (const run of runs) {
      if (!covers(stop, run)) continue;
      if (during(run.started)) fault(run.job, "started under it");
      const open = run.started <= from && (run.ended === null || run.ended > from);
      const deaf = frozen.some((one) => one.workerId === run.worker && one.from <= from && one.until >= from);
      if (open && !deaf && run.outcome !== "lost" && (run.ended ?? Infinity) > from + HEARD_WITHIN_MS)
        fault(run.job, "ran on");
    }
    for (const { job, at } of intents) {
      const run = byJob.get(job);
      if (during(at) && run !== undefined && covers(stop, run)) fault(job, "began an effect under it");
    }
  }
  return found;
}

function covers({ scope, key }: Stop, run: Run): boolean {
  switch (scope) {
    case "everything":
      return true;
    case "venture":
      return run.venture === key;
    case "type":
      return run.type === key;
    case "paid":
      return run.paid;
    case "effects":
      return run.effects;
    default:
      throw new Error(`the week engages no stop of ${scope}`);
  }
}
