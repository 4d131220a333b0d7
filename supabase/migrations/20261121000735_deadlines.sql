-- Holdpoint, part 7.3.5: deadlines. A job may have to start, and to end, by a time; waiting for a person counts.

create table holdpoint.deadlines (
  job_id uuid primary key,
  at timestamptz not null
);
alter table holdpoint.deadlines enable row level security;
comment on table holdpoint.deadlines is 'When the janitor looks at a job with a deadline next. Only jobs that have one; gone when the job has ended.';
create index deadlines_at on holdpoint.deadlines (at);

create function holdpoint.set_deadlines(p_job uuid, p_start_by timestamptz, p_end_by timestamptz) returns void
language sql volatile set search_path = '' as $$
  insert into holdpoint.deadlines (job_id, at) select p_job, least(p_start_by, p_end_by) where least(p_start_by, p_end_by) is not null
$$;
comment on function holdpoint.set_deadlines(uuid, timestamptz, timestamptz) is 'When the janitor first looks at a job with a deadline; nothing without one.';

create function holdpoint.past_deadline(p_job public.jobs, p_at timestamptz) returns text
language sql immutable set search_path = '' as $$
  select case
    when p_job.end_by <= p_at then 'end_by_passed'
    when p_job.start_by <= p_at and p_job.run_no = 0 then 'start_by_passed'
    when p_job.state = 'held' and p_job.held_until <= p_at then 'nobody_decided'
  end || case when p_job.state = 'held' and (p_job.end_by <= p_at or p_job.start_by <= p_at) then '_while_held' else '' end
$$;
comment on function holdpoint.past_deadline(public.jobs, timestamptz) is
  'Which time of a held or queued job is over: end_by_passed, start_by_passed (of a job that has never run: what sleeps, waits or is to be tried again has started), either _while_held when it waited for a person, or nobody_decided. Null: none.';

create function holdpoint.tend_deadlines(p_worker uuid, p_ids uuid[]) returns void
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v_job public.jobs; v_now timestamptz := clock_timestamp(); v_streams uuid[] := '{}'; v_seqs int[] := '{}'; v_ventures text[] := '{}';
begin
  for v_job in
    select j.* from holdpoint.deadlines d join public.jobs j on j.id = d.job_id
    where d.job_id = any (p_ids) and j.state = 'running' and j.end_by <= v_now and j.cancel_requested_at is null order by j.id
  loop
    update public.jobs set cancel_requested_at = v_now, cancel_reason = 'end_by_passed' where id = v_job.id;
    v_seqs := v_seqs || holdpoint.append_job_event(v_job.id, 'cancel_requested', 'worker', p_worker::text, v_job.run_no, jsonb_build_object('reason', 'end_by_passed'), v_now);
    v_streams := v_streams || v_job.id; v_ventures := v_ventures || v_job.venture::text;
  end loop;
  if cardinality(v_streams) > 0 then
    perform holdpoint.append_feed(v_streams, v_seqs, v_ventures);
    perform holdpoint.signal_control();
  end if;
  -- Looked at again at the other deadline, or soon: it may be submitted, dead or quarantined, and be queued once more.
  update holdpoint.deadlines d set at = case when j.end_by > v_now then j.end_by else v_now + interval '10 seconds' end
  from public.jobs j where d.job_id = any (p_ids) and j.id = d.job_id and j.ended_at is null;
  delete from holdpoint.deadlines d where d.job_id = any (p_ids) and not exists (select 1 from public.jobs j where j.id = d.job_id and j.ended_at is null);
end $$;
comment on function holdpoint.tend_deadlines(uuid, uuid[]) is
  'Of these jobs, those that run past end_by are asked to end (canceled, end_by_passed: no retry follows); and when each is looked at next. The caller holds their rows, and expires those that wait.';
