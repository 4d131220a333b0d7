import type pg from "pg";
import type {
  History,
  RecordedEvent,
  RecordedJob,
  RecordedRun,
  RecordedStop,
  RecordedWrite,
} from "../checker/history.ts";

type Facts = Pick<History, "jobs" | "runs" | "jobEvents" | "ventureEvents" | "writes" | "stops">;

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
      `select id, venture::text, state::text, holdpoint.blocked_by(j) as "blockedBy", run_at > clock_timestamp() as "runsLater", encode(head, 'hex') as head, seq
       from public.jobs j order by id`,
    ),
    runs: await rows<RecordedRun>(
      `select job_id as "jobId", run_no as "runNo", token::text, ${micros("started_at")} as "startedAt", ${micros("ended_at")} as "endedAt", outcome::text
       from public.runs order by job_id, run_no`,
    ),
    jobEvents: await events("job_events"),
    ventureEvents: await events("venture_events"),
    writes: await rows<RecordedWrite>(
      `select job_id as "jobId", run_no as "runNo", token::text, ${micros("ended_at")} as at from public.steps order by job_id, name`,
    ),
    stops: await rows<RecordedStop>(
      `select e.data ->> 'block' as block, ${micros("e.at")} as "effectiveAt", ${micros("l.at")} as "liftedAt"
       from (select at, body::jsonb -> 'data' as data from public.venture_events where type = 'stop.effective') e
       left join (select at, body::jsonb -> 'data' as data from public.venture_events where type = 'stop.lifted') l on l.data ->> 'block' = e.data ->> 'block'`,
    ),
  };
}
