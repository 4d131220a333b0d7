import type { Violation } from "../../faults/checker/history.ts";
import type { LivedWeek } from "../sim/week.ts";

/** The hour of a limit of first starts is counted in whole minutes, so it is an hour at least. */
const HOUR_MS = 3_600_000;

/** No venture started more jobs for the first time within an hour than its limit allows. */
export async function checkFirstStarts({ db }: LivedWeek): Promise<Violation[]> {
  const rows = await db.query<{ venture: string; at: number; max: number }>(
    `select r.venture::text as venture, (extract(epoch from r.started_at) * 1000)::float8 as at, l.max
     from public.runs r join public.limits l on l.scope = 'venture' and l.kind = 'first_starts' and l.key = r.venture where r.run_no = 1 order by r.started_at`,
  );
  return [...Map.groupBy(rows, ({ venture }) => venture)].flatMap(([venture, starts]) => {
    const past = starts.find(({ at, max }, n) => at - (starts[n - max]?.at ?? -Infinity) < HOUR_MS);
    if (past === undefined) return [];
    const finding = `more than ${past.max} first starts in the hour before ${new Date(past.at).toISOString()}`;
    return [{ rule: "first starts", subject: venture, finding }];
  });
}

/** A replay that was only to look did nothing outside. */
export async function checkDryRuns({ deeds, dryRuns }: LivedWeek): Promise<Violation[]> {
  const dry = new Set(dryRuns);
  return deeds
    .filter(({ jobId }) => dry.has(jobId))
    .map(({ jobId }) => ({ rule: "dry runs", subject: jobId, finding: "it was to change nothing outside, and did" }));
}

interface Use extends Record<string, unknown> {
  job: string;
  at: number;
  standing: string;
  fits: boolean;
  nth: number;
  max: number | null;
}

/** A standing approval let exactly its plan pass, while it stood, and as often as it says. */
export async function checkStanding({ db }: LivedWeek): Promise<Violation[]> {
  const uses = await db.query<Use>(
    `select e.stream as job, (extract(epoch from e.at) * 1000)::float8 as at, s.id as standing, s.max_uses as max,
       coalesce(e.at >= s.made_at and e.at < s.until and (s.ended_at is null or e.at <= s.ended_at) and e.d ->> 'plan' = encode(s.plan_hash, 'hex') and j.plan_hash = s.plan_hash, false) as fits,
       (row_number() over (partition by s.id order by e.at))::int as nth
     from (select stream, at, body::jsonb -> 'data' as d from public.job_events where type = 'decision.standing') e
     join public.jobs j on j.id = e.stream left join public.standing_approvals s on s.id = (e.d ->> 'standing')::uuid`,
  );
  return uses.flatMap(({ job, standing, fits, nth, max }) => {
    const say = (finding: string): Violation[] => [{ rule: "standing", subject: job, finding }];
    if (!fits) return say(`standing approval ${standing} was not for it, or did not stand`);
    return max !== null && nth > max ? say(`use ${nth} of ${max} of standing approval ${standing}`) : [];
  });
}

/** A month whose time was over is gone, and its keys still answer with the jobs they made. (What is left of it: rule "audit".) */
export async function checkRetention({ db, old }: LivedWeek): Promise<Violation[]> {
  const left = await db.query<{ id: string }>("select id from public.jobs where id = any ($1)", [[...old.ids]]);
  const [dropped] = await db.query<{ n: number }>(
    "select count(*)::int as n from public.venture_events where type = 'month.dropped' and body::jsonb #>> '{data,month}' = '2027-01'",
  );
  const found: Violation[] = [];
  const say = (finding: string) => found.push({ rule: "retention", subject: "2027-01", finding });
  if (dropped?.n !== 1) say(`it was dropped ${dropped?.n} times`);
  if (left.length > 0) say(`${left.length} of its jobs are there`);
  if (old.answered.join() !== old.ids.join()) say("its keys made new jobs");
  return found;
}
