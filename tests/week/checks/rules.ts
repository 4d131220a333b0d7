import { RETRY_RULES } from "@holdpoint/policy";
import type { Violation } from "../../faults/checker/history.ts";
import { GATED } from "../sim/types.ts";
import type { LivedWeek } from "../sim/week.ts";

interface Step extends Record<string, unknown> {
  stream: string;
  type: string;
  actor: string;
  by: string;
  reason: string | null;
  gated: boolean;
}

/**
 * Nothing of a gated type, and nothing that was held for a person, ran without a yes to it that still stood: a person's, or
 * a standing approval's (rule "standing"); and two people where two are asked.
 */
export async function checkGate({ db }: LivedWeek): Promise<Violation[]> {
  const steps = await db.query<Step>(
    `select e.stream, e.type, b #>> '{actor,kind}' as actor, b #>> '{actor,id}' as by, b #>> '{data,reason}' as reason, j.type = any ($1) as gated
     from (select stream, seq, type, body::jsonb as b from public.job_events where type = any ($2)) e join public.jobs j on j.id = e.stream
     where j.type = any ($1) or exists (select 1 from public.job_events h where h.stream = j.id and h.type = 'held') order by e.stream, e.seq`,
    [[...GATED], [...REOPENS, ...YES, "queued", "running"]],
  );
  const found: Violation[] = [];
  for (const [job, events] of Map.groupBy(steps, ({ stream }) => stream)) {
    let yes = false;
    let held = false;
    for (const { type, actor, reason, gated } of events) {
      if (YES.has(type)) {
        if (actor !== "operator" && !(actor === "standing" && gated))
          found.push({ rule: "gate", subject: job, finding: `${type} by a ${actor}` });
        yes = true;
      } else if (type === "held" && reason === "approval_in_run") {
        // What a run asked is not about the plan: rule "resumes".
      } else if (REOPENS.has(type)) {
        yes = false;
        // Admission and, of a retry, the gate decide anew: by the policy and the money of that moment, and nobody need be asked.
        held = type === "held" || (held && !JUDGED_ANEW.has(type));
      } else if (type === "running" && !yes && (gated || held))
        found.push({ rule: "gate", subject: job, finding: "it ran, and nobody had approved it" });
    }
  }
  const alone = await db.query<{ id: string }>(
    `select j.id from public.jobs j where (j.approval ->> 'people')::int = 2 and j.run_no > 0
       and (select count(distinct d.by_user) from public.decisions d where d.job_id = j.id and d.verb in ('approve', 'release')) < 2`,
  );
  for (const { id } of alone)
    found.push({ rule: "gate", subject: id, finding: "two people are asked, and it ran without" });
  return found;
}

const YES: ReadonlySet<string> = new Set([
  "decision.approved",
  "decision.released",
  "decision.first_of_two",
  "decision.standing",
]);

const JUDGED_ANEW = new Set(["readmitted", "retry_planned"]);

/** After these a yes given before counts no more. */
const REOPENS = new Set(["held", "readmitted", "dead", "quarantined", "retry_planned", "decision.undone"]);

/** No job was retried beyond its tier unless a person released it, and bad input never. */
export async function checkRetries({ db }: LivedWeek): Promise<Violation[]> {
  const rows = await db.query<{ id: string; tier: keyof typeof RETRY_RULES; retries: number; bad: number }>(
    `with e as (
       select e.stream, e.type, e.body::jsonb #>> '{data,class}' as class,
         count(*) filter (where e.type in ('decision.released', 'readmitted')) over (partition by e.stream order by e.seq) as life
       from public.job_events e where e.type in ('retry_planned', 'decision.released', 'readmitted')
     )
     select j.id, j.tier::text as tier, max(x.retries)::int as retries, max(x.bad)::int as bad
     from (select stream, life, count(*) filter (where type = 'retry_planned') as retries,
             count(*) filter (where type = 'retry_planned' and class in ('bad_input', 'unsafe')) as bad from e group by stream, life) x
     join public.jobs j on j.id = x.stream group by j.id, j.tier`,
  );
  return rows.flatMap(({ id, tier, retries, bad }) => {
    const most = RETRY_RULES[tier].retries;
    if (retries > most)
      return [{ rule: "retries", subject: id, finding: `${retries} retries of a ${tier} job, which has ${most}` }];
    if (bad > 0) return [{ rule: "retries", subject: id, finding: "bad or unsafe input was tried again" }];
    return [];
  });
}

/** What must not be published was not, and what kills its process ended in quarantine or by a person. */
export async function checkUnsafe({ db, deeds }: LivedWeek): Promise<Violation[]> {
  const published = deeds
    .filter(({ unsafe }) => unsafe)
    .map(({ jobId }) => ({ rule: "unsafe", subject: jobId, finding: "it was published" }));
  const passed = await db.query<{ id: string; state: string }>(
    "select id, state::text as state from public.jobs where ((payload ->> 'unsafe')::boolean or (payload ->> 'poison')::boolean) and state = 'succeeded'",
  );
  const often = await db.query<{ id: string; n: number }>(
    `select r.job_id as id, max(r.n)::int as n from (
       select r.job_id, count(*) filter (where r.cause = 'process_death') as n from public.runs r join public.jobs j on j.id = r.job_id and (j.payload ->> 'poison')::boolean
       where not exists (select 1 from public.decisions d where d.job_id = r.job_id and d.verb = 'release') group by r.job_id) r group by 1 having max(r.n) > 3`,
  );
  return [
    ...published,
    ...passed.map(({ id }) => ({ rule: "unsafe", subject: id, finding: "it succeeded" })),
    ...often.map(({ id, n }) => ({ rule: "unsafe", subject: id, finding: `${n} processes died of it` })),
  ];
}

/** Each repeated submit of a key made no second job: there are as many jobs as were meant. */
export async function checkSubmits({ db, submitted, scheduled }: LivedWeek): Promise<Violation[]> {
  const [row] = await db.query<{ jobs: number; scheduled: number }>(
    `select (select count(*)::int from public.jobs) as jobs,
       (select count(*)::int from holdpoint.idempotency_keys where key like 'schedule:%') as scheduled`,
  );
  if (row?.jobs === submitted && row.scheduled === scheduled) return [];
  const finding = `${JSON.stringify(row)}, and ${submitted} were submitted, ${scheduled} of them by schedules`;
  return [{ rule: "submits", subject: "the fleet", finding }];
}
