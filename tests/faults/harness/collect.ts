import type pg from "pg";
import type {
  History,
  RecordedEffect,
  RecordedEvent,
  RecordedDebounced,
  RecordedDrain,
  RecordedIncident,
  RecordedJob,
  RecordedKey,
  RecordedLimit,
  RecordedLink,
  RecordedOperation,
  RecordedPause,
  RecordedProvider,
  RecordedRun,
  RecordedSignal,
  RecordedStop,
  RecordedWrite,
} from "../checker/history.ts";
import { brokenMoneyRules } from "./money.ts";
import { DEBOUNCE } from "./triggers.ts";

/** SQL, of a job j: it waits behind the open approvals of its venture, as many as there may be. */
export const PUT_OFF = `(j.state = 'submitted' and (select max_open_approvals from public.settings)
  <= (select count(*) from public.jobs h where h.phase = 'h' and h.venture = j.venture))`;

type Facts = Pick<
  History,
  | "jobs"
  | "runs"
  | "jobEvents"
  | "ventureEvents"
  | "writes"
  | "stops"
  | "pauses"
  | "drains"
  | "limits"
  | "keys"
  | "providers"
  | "debounced"
  | "effects"
  | "signals"
  | "told"
  | "brokenMoney"
  | "incidents"
  | "operations"
  | "links"
>;

/** Everything the checker needs from the database, read once the fleet is at rest. */
export async function collect(owner: pg.Pool): Promise<Facts> {
  const rows = async <T>(sql: string): Promise<T[]> => (await owner.query(sql)).rows as T[];
  const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::float8`;
  const events = (table: string) =>
    rows<RecordedEvent>(
      `select stream, seq, type, ${micros("at")} as at, (body::jsonb ->> 'run')::int as run, body, encode(hash, 'hex') as hash from public.${table} order by stream, seq`,
    );
  return {
    jobs: await rows<RecordedJob>(
      `select id, venture::text, type::text, queue::text, state::text, holdpoint.blocked_by(j) as "blockedBy", run_at > clock_timestamp() and run_at < holdpoint.never() as "runsLater", ${PUT_OFF} as "putOff", ${micros("start_by")} as "startBy", ${micros("end_by")} as "endBy", encode(head, 'hex') as head, seq
       from public.jobs j order by id`,
    ),
    runs: await rows<RecordedRun>(
      `select job_id as "jobId", run_no as "runNo", worker_id as "workerId", token::text, ${micros("started_at")} as "startedAt", ${micros("ended_at")} as "endedAt", outcome::text
       from public.runs order by job_id, run_no`,
    ),
    jobEvents: await events("job_events"),
    ventureEvents: await events("venture_events"),
    writes: await rows<RecordedWrite>(
      `select job_id as "jobId", run_no as "runNo", token::text, ${micros("ended_at")} as at from public.steps order by job_id, name`,
    ),
    limits: await rows<RecordedLimit>(
      `select 'key ' || j.venture || '/' || j.type || '/' || j.concurrency_key as what, min(t.concurrency ->> 'limit')::int as max, array_agg(j.id) as "jobIds"
       from public.jobs j join public.job_types t on t.name = j.type and t.version = j.type_version
       where j.concurrency_key is not null group by j.venture, j.type, j.concurrency_key
       union all
       select l.scope || ' ' || l.key, l.max, array_agg(j.id) from public.limits l join public.jobs j on l.key = case l.scope when 'type' then j.type::text else j.venture::text end
       where l.kind = 'concurrency' and l.scope in ('type', 'venture') group by l.scope, l.key, l.max`,
    ),
    keys: await rows<RecordedKey>(
      `select j.venture || '/' || j.type || '/' || j.concurrency_key as what, min(t.concurrency ->> 'strategy') as strategy, array_agg(j.id) as "jobIds"
       from public.jobs j join public.job_types t on t.name = j.type and t.version = j.type_version
       where j.concurrency_key is not null group by j.venture, j.type, j.concurrency_key`,
    ),
    providers: await rows<RecordedProvider>(
      `select p.name, p.types,
         (select json_build_object('max', l.max, 'perMicros', l.per_ms * 1000::bigint) from public.limits l where l.scope = 'provider' and l.key = p.name) as rate,
         (select count(*)::int from public.tasks t where t.queue = 'alert' and t.subject ->> 'kind' = 'provider.paused' and t.subject::text like '%provider ' || p.name || ' %') as "pauseAlerts",
         (select count(*)::int from public.tasks t where t.queue = 'alert' and t.subject ->> 'kind' = 'provider.down' and t.subject::text like '%provider ' || p.name || ' %') as "outageAlerts"
       from (select n as name, array_agg(distinct t.name::text) as types from public.job_types t cross join unnest(t.providers) n group by n) p`,
    ),
    debounced: await rows<RecordedDebounced>(
      `select j.id as "jobId", j.venture || '/' || (j.payload ->> 'key') as key, (j.payload ->> 'n')::int as n, (s.result #>> '{}')::int as "ranWith", ${DEBOUNCE.max_delay_ms * 1_000}::float8 as "maxDelayMicros"
       from public.jobs j left join public.steps s on s.job_id = j.id and s.name = 'ran with' where j.type = 'fault_debounced' and j.payload ? 'n' order by j.id`,
    ),
    effects: await rows<RecordedEffect>(
      `select 'holdpoint:' || job_id || ':' || key as key, coalesce(outcome = 'done' and not receipt ? 'corrected_by', false) as "hasReceipt" from public.effects order by job_id, key`,
    ),
    incidents: await rows<RecordedIncident>(
      `select i.id, i.job_id as "jobId", i.state::text, ${micros("i.created_at")} as "openedAt", ${micros("i.resolved_at")} as "resolvedAt", i.resolution,
         exists (select 1 from public.decisions u where u.job_id = i.job_id and u.verb = 'undo' and u.at > i.created_at) as undone
       from public.incidents i where i.subject_kind = 'job' order by i.id`,
    ),
    operations: await rows<RecordedOperation>(
      `select o.id, o.verb, ${micros("o.as_of")} as "asOf", o.state,
         (select coalesce(json_agg(json_build_object('incidentId', i.incident_id, 'state', i.state, 'first', coalesce(i.detail like 'Missing:%', false)) order by i.job_id), '[]') from public.bulk_items i where i.operation_id = o.id) as items
       from public.bulk_operations o order by o.id`,
    ),
    links: await rows<RecordedLink>(
      `select job_id as "jobId", of_job as "ofJob", kind from public.job_links order by job_id`,
    ),
    signals: await rows<RecordedSignal>(
      `select job_id as "jobId", no, id, taken_by as "takenBy" from public.signals order by job_id, no`,
    ),
    told: await rows<{ jobId: string; signal: string }>(
      `select job_id as "jobId", result #>> '{}' as signal from public.steps where name like 'told %' and run_no > 0 and result <> 'null' order by job_id, name`,
    ),
    brokenMoney: await brokenMoneyRules(owner),
    stops: await rows<RecordedStop>(
      `select e.data ->> 'block' as block, ${micros("e.at")} as "effectiveAt", ${micros("l.at")} as "liftedAt"
       from (select at, body::jsonb -> 'data' as data from public.venture_events where type = 'stop.effective') e
       left join (select at, body::jsonb -> 'data' as data from public.venture_events where type = 'stop.lifted') l on l.data ->> 'block' = e.data ->> 'block'`,
    ),
    pauses: await rows<RecordedPause>(
      `select p.data ->> 'scope' as scope, p.data ->> 'key' as key, ${micros("p.at")} as from, ${micros("r.at")} as until
       from (select at, body::jsonb -> 'data' as data from public.venture_events where type = 'work.paused') p
       left join (select at, body::jsonb -> 'data' as data from public.venture_events where type = 'work.resumed') r on r.data ->> 'block' = p.data ->> 'block'`,
    ),
    drains: await rows<RecordedDrain>(
      `select d.data ->> 'worker' as "workerId", ${micros("d.at")} as from,
         (select min(${micros("u.at")}) from public.venture_events u where u.type = 'worker.undrained' and u.at > d.at and u.body::jsonb -> 'data' ->> 'worker' = d.data ->> 'worker') as until
       from (select at, body::jsonb -> 'data' as data from public.venture_events where type in ('worker.draining', 'worker.killed')) d`,
    ),
  };
}
