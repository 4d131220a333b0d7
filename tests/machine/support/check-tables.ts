import type { TestDatabase } from "@holdpoint/local/testing";
import { MONEY_RULES } from "./check-money.ts";

/** Each query answers rows only when a rule is broken. */
const RULES: Readonly<Record<string, string>> = {
  "in_use is the number of running jobs": `
    select l.key, l.in_use, r.n from public.limits l
    cross join lateral (select count(*)::int as n from public.jobs j where j.state = 'running' and j.venture = l.key) r
    where l.scope = 'venture' and l.kind = 'concurrency' and l.in_use <> r.n`,
  "in_use of a type is the number of its running jobs, each of which knows it": `
    select l.key, l.in_use, r.n, r.known from public.limits l
    cross join lateral (select count(*)::int as n, count(*) filter (where ('type:' || l.key) = any (j.slots))::int as known
      from public.jobs j where j.state = 'running' and j.type = l.key) r
    where l.scope = 'type' and l.kind = 'concurrency' and (l.in_use <> r.n or r.known <> r.n)`,
  "never more runs of a type at one time than allowed": `
    select j.type, r.started_at, count(*) from public.runs r join public.jobs j on j.id = r.job_id
    join (public.runs o join public.jobs p on p.id = o.job_id) on p.type = j.type and o.started_at <= r.started_at and coalesce(o.ended_at, 'infinity') > r.started_at
    join public.limits l on l.scope = 'type' and l.key = j.type and l.kind = 'concurrency'
    group by r.job_id, r.run_no, j.type, r.started_at, l.max having count(*) > l.max`,
  "only what runs, or is next of its key, holds slots": `
    select id, state, slots from public.jobs where slots is not null and state not in ('running', 'queued')`,
  "never more running than allowed": `
    select key, in_use, max from public.limits where kind = 'concurrency' and in_use > max`,
  "never more runs at one time than allowed": `
    select r.venture, r.started_at, count(*) from public.runs r
    join public.runs o on o.venture = r.venture and o.started_at <= r.started_at and coalesce(o.ended_at, 'infinity') > r.started_at
    join public.limits l on l.scope = 'venture' and l.key = r.venture and l.kind = 'concurrency'
    group by r.job_id, r.run_no, r.venture, r.started_at, l.max having count(*) > l.max`,
  "a concurrency block exists exactly while its limit is full": `
    select l.key, l.in_use, l.max, b.id from public.limits l
    full join public.blocks b on b.scope = l.scope and b.key = l.key and b.kind::text = l.kind::text
    where coalesce(l.kind::text, b.kind::text) = 'concurrency' and (b.id is not null) <> coalesce(l.in_use >= l.max, false)`,
  "first starts are counted once each": `
    select l.key, u.n, f.n from public.limits l
    cross join lateral (select coalesce(sum(n), 0)::int as n from holdpoint.limit_usage u where u.key = l.key and u.kind = 'first_starts') u
    cross join lateral (select count(*)::int as n from public.runs r where r.venture = l.key and r.run_no = 1) f
    where l.kind = 'first_starts' and u.n <> f.n`,
  "never more first starts in an hour than allowed": `
    select u.key, u.kind, sum(u.n) from holdpoint.limit_usage u join public.limits l on l.key = u.key and l.kind = u.kind
    where u.minute > clock_timestamp() - interval '1 hour' group by u.key, u.kind, l.max having sum(u.n) > l.max`,
  "first starts block only where they are limited": `
    select b.key from public.blocks b where b.kind = 'first_starts'
      and not exists (select 1 from public.limits l where l.scope = b.scope and l.key = b.key and l.kind = 'first_starts')`,
  "a running job has one open run, with its token and number": `
    select j.id, j.state, j.token, r.token from public.jobs j
    full join (select * from public.runs where ended_at is null) r on r.job_id = j.id
    where coalesce(j.state = 'running', false) <> (r.job_id is not null)
      or (j.state = 'running' and (r.token <> j.token or r.run_no <> j.run_no))`,
  "runs are numbered without gaps": `
    select j.id, j.run_no, r.n, r.last from public.jobs j
    left join (select job_id, count(*) as n, max(run_no) as last from public.runs group by job_id) r on r.job_id = j.id
    where coalesce(r.n, 0) <> j.run_no or coalesce(r.last, 0) <> j.run_no`,
  "tokens only grow": `
    select * from (select job_id, token, lag(token) over (partition by job_id order by run_no) as earlier from public.runs) r where token <= earlier`,
  "a succeeded job's last run succeeded": `
    select j.id, r.outcome from public.jobs j join public.runs r on r.job_id = j.id and r.run_no = j.run_no
    where j.state = 'succeeded' and r.outcome is distinct from 'succeeded'`,
  "only a canceled job outlives a run that succeeded": `
    select j.id, j.state, r.run_no from public.jobs j join public.runs r on r.job_id = j.id
    where r.outcome = 'succeeded' and j.state not in ('succeeded', 'canceled')`,
  "losses are the runs that were lost or stopped": `
    select j.id, j.losses, r.n from public.jobs j
    cross join lateral (select count(*) as n from public.runs r where r.job_id = j.id and r.outcome in ('lost', 'stopped')) r
    where j.losses > r.n or (j.losses < r.n and j.state <> 'canceled')`,
  "an open failure exactly while dead or quarantined": `
    select j.id, j.state, f.id, f.state from public.jobs j
    left join public.incidents f on f.job_id = j.id and f.subject_kind = 'job' and f.resolved_at is null
    where (j.state in ('dead', 'quarantined')) <> (f.id is not null) or f.state <> j.state`,
  "a record that a decision resolved names it": `
    select i.id, i.resolution, d.verb from public.incidents i left join public.decisions d on d.id = i.decision_id
    where i.subject_kind = 'job' and i.resolution in ('release', 'discard') and (d.id is null or d.job_id <> i.job_id or d.verb::text <> i.resolution)`,
  "an operation on many counts what its items say, and none of them came later": `
    select o.id from public.bulk_operations o left join public.bulk_items i on i.operation_id = o.id left join public.incidents n on n.id = i.incident_id
    group by o.id having o.total <> count(i.*) or o.done <> count(*) filter (where i.state = 'done') or o.refused <> count(*) filter (where i.state = 'refused')
      or o.skipped <> count(*) filter (where i.state = 'skipped') or bool_or(n.created_at > o.as_of)`,
  "an edited job is discarded, and was edited once": `
    select l.of_job from public.job_links l join public.jobs j on j.id = l.of_job where l.kind = 'edit' group by l.of_job, j.state having count(*) > 1 or j.state <> 'discarded'`,
  "a decision that counts is of this job and this plan, says yes, and stands": `
    select j.id, j.state, d.verb, d.job_id from public.jobs j left join public.decisions d on d.id = j.decision_id
    where j.decision_id is not null and (d.id is null or d.job_id <> j.id or d.plan_hash <> j.plan_hash or d.verb not in ('approve', 'release')
      or exists (select 1 from public.decisions u where u.undoes = d.id))`,
  "no run of an approved kind without a decision": `
    select j.id, e.seq from public.jobs j join public.job_events e on e.stream = j.id and e.type = 'running'
    where j.needs_approval and not exists (select 1 from public.job_events d where d.stream = j.id and d.seq < e.seq and d.type in ('decision.approved', 'decision.released', 'decision.standing'))`,
  "what two people must release was released by two": `
    select j.id, d.id from public.jobs j join public.decisions d on d.id = j.decision_id
    where j.approval ->> 'people' = '2' and j.state in ('queued', 'running', 'succeeded')
      and not exists (select 1 from public.decisions o where o.id = d.completes and o.job_id = j.id and o.plan_hash = j.plan_hash and o.by_user <> d.by_user)`,
  "each decision has its event": `
    select d.id, d.verb from public.decisions d where not exists (select 1 from public.job_events e
      where e.stream = d.job_id and (e.type like 'decision.%' or e.type like 'request.%') and e.body like '%' || d.id || '%')`,
  "undo is open only on a queued job": `
    select id, state, decided_from from public.jobs where decided_from is not null
      and (state <> 'queued' or (decision_id is null and not exists (select 1 from public.waits w where w.job_id = id and w.decision_id is not null)))`,
  "held in a park exactly with an open request": `
    select j.id, j.state from public.jobs j left join public.waits w on w.job_id = j.id and w.answered_at is null and w.kind = 'approval'
    where j.state = 'held' and j.held_for = 'park' and w.job_id is null`,
  "who waits for a signal is not ready": `
    select j.id, j.run_at from public.jobs j where j.state = 'queued' and j.waits_for like 'signal:%' and (
      not exists (select 1 from public.waits w where w.job_id = j.id and w.answered_at is null and w.kind = 'signal' and 'signal:' || w.name = j.waits_for)
      or exists (select 1 from public.signals s where s.job_id = j.id and s.taken_by is null and 'signal:' || s.name = j.waits_for))`,
  "a call takes one signal": `
    select job_id, taken_version, taken_by from public.signals where taken_by is not null group by 1, 2, 3 having count(*) > 1`,
  "each signal that was taken is the answer of its call": `
    select s.job_id, s.no from public.signals s where s.taken_by is not null and not exists (select 1 from public.waits w
      where w.job_id = s.job_id and w.type_version = s.taken_version and w.call = s.taken_by and w.answer = 'signal')`,
  "a run's approval binds what it asks": `
    select w.job_id, w.call from public.waits w join public.decisions d on d.id = w.decision_id
    where d.plan_hash <> w.request_hash or d.job_id <> w.job_id`,
  "a held job is held by a plan that was kept": `
    select j.id from public.jobs j where j.state = 'held' and j.needs_approval
      and not exists (select 1 from public.plans p where p.job_id = j.id and p.plan_no = j.plan_no and p.hash = j.plan_hash)`,
  "a plan's hash is the hash of its body": `
    select job_id, plan_no from public.plans where hash <> sha256(convert_to(body, 'UTF8'))`,
  "each entry into queued raised the dispatch number": `
    select j.id, j.dispatch_no, e.n from public.jobs j
    cross join lateral (select count(*) as n from public.job_events e where e.stream = j.id
      and e.type in ('queued', 'retry_planned', 'snoozed', 'parked', 'stopped', 'lost', 'decision.approved', 'decision.released')) e
    where j.dispatch_no < e.n`,
  "events of a stream are in the order of their times": `
    select * from (select stream, seq, type, at, lag(at) over (partition by stream order by seq) as earlier
      from (select stream, seq, type, at from public.job_events union all select stream, seq, type, at from public.venture_events) e) e
    where at < earlier`,
  "the feed has each event once": `
    with f as (select s.stream, s.seq, count(*) as n, min(s.venture) as venture from holdpoint.feed f
      cross join lateral unnest(f.streams, f.seqs, f.ventures) s(stream, seq, venture) group by 1, 2),
    e as (select stream, seq, venture from public.job_events union all select stream, seq, venture from public.venture_events)
    select coalesce(f.stream, e.stream) as stream, coalesce(f.seq, e.seq) as seq, f.n from f full join e on e.stream = f.stream and e.seq = f.seq
    where f.n is distinct from 1 or f.venture is distinct from e.venture::text`,
  ...MONEY_RULES,
  "the database's own check of streams agrees": `
    select s.id, v.seq from (select id from public.jobs union all select id from public.ventures) s
    cross join lateral holdpoint.verify_stream(s.id) v where not v.ok`,
  "an idempotency key names a job of its venture": `
    select k.key from holdpoint.idempotency_keys k join public.jobs j on j.id = k.job_id
    where j.venture <> k.venture or j.idempotency_key is distinct from k.key`,
};

/** Runs every rule; answers one line for each that is broken, with the first rows. */
export async function checkTables(db: TestDatabase): Promise<string[]> {
  const wrong = await Promise.all(
    Object.entries(RULES).map(async ([rule, sql]) => {
      const rows = await db.query(sql);
      return rows.length === 0 ? [] : [`broken: ${rule}: ${JSON.stringify(rows.slice(0, 3))}`];
    }),
  );
  return wrong.flat();
}
