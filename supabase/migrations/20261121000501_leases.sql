-- Holdpoint, part 5.1: leases are renewed; runs are lost with their lease, or freed with a dead process.

create function holdpoint.lose_runs(p_job_ids uuid[], p_tokens bigint[], p_cause public.loss_cause, p_actor_kind text, p_actor_id text, p_expired_only boolean)
returns int language plpgsql volatile set search_path = '' as $$
declare
  v record; v_job public.jobs; v_now timestamptz; v_data jsonb; v_seq int; v_death int := case p_cause when 'process_death' then 1 else 0 end;
  v_streams uuid[] := '{}'; v_seqs int[] := '{}'; v_ventures text[] := '{}'; v_paid_jobs uuid[]; v_paid_runs int[]; v_paid_ventures text[]; v_slotted uuid[];
begin
  perform 1 from public.jobs j where j.id = any (p_job_ids) order by j.id for no key update;
  v_now := clock_timestamp();
  for v in select u.id, u.token from unnest(p_job_ids, p_tokens) u(id, token) order by u.id loop
    select * into v_job from public.jobs j where j.id = v.id and j.state = 'running' and j.token = v.token;
    continue when not found;
    update public.runs r set ended_at = v_now, outcome = 'lost', cause = p_cause
    where r.job_id = v_job.id and r.run_no = v_job.run_no and r.ended_at is null and (not p_expired_only or r.lease_until < v_now);
    continue when not found;
    v_data := jsonb_build_object('outcome', 'lost', 'cause', p_cause);
    if v_job.cancel_requested_at is not null then
      v_seq := holdpoint.end_run(v_job, 'canceled', 'canceled', p_actor_kind, p_actor_id, v_data || jsonb_build_object('reason', v_job.cancel_reason), v_now, p_reason => v_job.cancel_reason);
    elsif v_job.deaths + v_death >= 3 then
      v_seq := holdpoint.end_run(v_job, 'quarantined', 'quarantined', p_actor_kind, p_actor_id, v_data || '{"reason":"poison_job"}', v_now, p_loss => 1, p_death => v_death, p_reason => 'poison_job');
      perform holdpoint.record_failure(v_job, 'quarantined', 'poison_job', 'lost', 'Worker processes died ' || (v_job.deaths + v_death) || ' times while they ran it.', v_now);
    elsif v_job.losses + 1 > (select max_uncounted_losses from public.settings) then
      v_seq := holdpoint.end_run(v_job, 'dead', 'dead', p_actor_kind, p_actor_id, v_data || '{"reason":"too_many_losses"}', v_now, p_loss => 1, p_death => v_death, p_reason => 'too_many_losses');
      perform holdpoint.record_failure(v_job, 'dead', 'too_many_losses', 'lost', 'Its runs were lost ' || (v_job.losses + 1) || ' times.', v_now);
    else
      v_seq := holdpoint.end_run(v_job, 'queued', 'lost', p_actor_kind, p_actor_id, v_data, v_now, p_run_at => v_now, p_loss => 1, p_death => v_death);
      insert into public.tasks (id, queue, venture, job_id, subject, due_at, created_at)
      values (holdpoint.new_id(), 'recovery', v_job.venture, v_job.id, jsonb_build_object('job', v_job.id, 'run', v_job.run_no, 'cause', p_cause), v_now, v_now);
    end if;
    v_streams := v_streams || v_job.id; v_seqs := v_seqs || v_seq; v_ventures := v_ventures || v_job.venture::text;
    if v_job.slots is not null then v_slotted := v_slotted || v_job.id; end if;
    if v_job.paid then
      v_paid_jobs := v_paid_jobs || v_job.id; v_paid_runs := v_paid_runs || v_job.run_no; v_paid_ventures := v_paid_ventures || v_job.venture::text;
    end if;
  end loop;
  if cardinality(v_streams) > 0 then
    perform holdpoint.free_limits(v_ventures);
    if v_slotted is not null then perform holdpoint.free_slots(v_slotted, null); end if;
    if v_paid_jobs is not null then
      perform holdpoint.settle_money('lose', v_paid_jobs, v_paid_runs, v_paid_ventures, array_fill(0::bigint, array[cardinality(v_paid_jobs)]), p_actor_kind, p_actor_id);
    end if;
    perform holdpoint.append_feed(v_streams, v_seqs, v_ventures);
    perform pg_notify('holdpoint_wake', 'ready');
  end if;
  return cardinality(v_streams);
end $$;
comment on function holdpoint.lose_runs(uuid[], bigint[], public.loss_cause, text, text, boolean) is
  'Ends runs whose worker no longer holds them: lost, without using a retry. Repeats the precondition (running, this token, and with p_expired_only a lease that has run out) under the job''s lock.';

create function holdpoint.heartbeat(p_worker uuid, p_key text, p_job_ids uuid[], p_tokens bigint[], p_run_progress jsonb[], p_progress jsonb)
returns table (job_id uuid, token bigint, verdict text, lease_until timestamptz)
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_partition_pruning = off as $$
declare v_worker public.workers; v_now timestamptz; v_lost_ids uuid[]; v_lost_tokens bigint[];
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_worker := holdpoint.check_worker(p_worker, p_key);
  if v_worker.killed_at is not null then
    perform holdpoint.fail(409, 'worker_killed', 'An admin killed this worker: its leases are not renewed.', null, 'Abort what runs, and leave.');
  end if;
  v_now := clock_timestamp();
  -- Leases that this process holds but has not named for L/20: a claim whose answer never arrived. Their jobs are
  -- locked first, then all runs, and only then is it judged: a repeated claim may just have started their age anew.
  select array_agg(r.job_id order by r.job_id) into v_lost_ids
  from public.runs r
  where r.worker_id = p_worker and r.ended_at is null and r.listed_at < v_now - make_interval(secs => r.lease_ms / 20000.0)
    and not (r.job_id, r.token) in (select l.id, l.tok from unnest(p_job_ids, p_tokens) l(id, tok));
  if v_lost_ids is not null then
    perform 1 from public.jobs j where j.id = any (v_lost_ids) order by j.id for no key update;
  end if;
  perform 1 from public.runs r where r.worker_id = p_worker and r.ended_at is null order by r.job_id for no key update;
  if v_lost_ids is not null then
    select array_agg(r.job_id order by r.job_id), array_agg(r.token order by r.job_id) into v_lost_ids, v_lost_tokens
    from public.runs r
    where r.worker_id = p_worker and r.ended_at is null and r.job_id = any (v_lost_ids) and r.listed_at < v_now - make_interval(secs => r.lease_ms / 20000.0)
      and not (r.job_id, r.token) in (select l.id, l.tok from unnest(p_job_ids, p_tokens) l(id, tok));
    if v_lost_ids is not null then
      perform holdpoint.lose_runs(v_lost_ids, v_lost_tokens, 'unlisted', 'worker', p_worker::text, false);
    end if;
  end if;
  v_now := clock_timestamp();
  update public.workers set heartbeat_at = v_now, progress = p_progress where id = p_worker;
  return query
  with u as (
    update public.runs r set lease_until = v_now + make_interval(secs => r.lease_ms / 1000.0), listed_at = v_now, progress = coalesce(l.progress, r.progress)
    from unnest(p_job_ids, p_tokens, p_run_progress) l(id, tok, progress)
    where r.job_id = l.id and r.token = l.tok and r.worker_id = p_worker and r.ended_at is null
    returning r.job_id, r.token, r.lease_until
  )
  select l.id, l.tok,
    case when u.job_id is null then 'lost'
      when j.cancel_requested_at is not null then 'cancel'
      when exists (select 1 from public.blocks b where b.kind = 'stop') and holdpoint.stopped(v_worker, j.venture, j.type, j.queue, j.paid) then 'stop'
      else 'renewed' end,
    u.lease_until
  from unnest(p_job_ids, p_tokens) l(id, tok)
  left join u on u.job_id = l.id and u.token = l.tok
  left join public.jobs j on j.id = l.id;
end $$;
comment on function holdpoint.heartbeat(uuid, text, uuid[], bigint[], jsonb[], jsonb) is
  'Renews the listed leases to now + L, frees this worker''s leases that it has not listed for L/20, stores progress. Verdict per pair: renewed, lost, cancel, stop (the last two are renewed too). 409 worker_ended, worker_killed: leave.';

create function holdpoint.stopped(p_worker public.workers, p_venture text, p_type text, p_queue public.job_queue, p_paid boolean) returns boolean
language sql stable as $$
  select exists (select 1 from public.blocks b where b.kind = 'stop'
    and holdpoint.covers(b, (p_worker).id, (p_worker).name, p_venture, p_type, p_queue, p_paid))
$$;
comment on function holdpoint.stopped(public.workers, text, text, public.job_queue, boolean) is 'Is a run of this line in this worker covered by a stop?';

create function holdpoint.free_dead_workers(p_worker uuid, p_key text) returns int
language plpgsql volatile security definer set search_path = '' set enable_partition_pruning = off as $$
declare v_dead uuid[]; v_id uuid; v_count int := 0; v_ids uuid[]; v_tokens bigint[];
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  select coalesce(array_agg(w.id order by w.id), '{}') into v_dead
  from public.workers w join holdpoint.worker_keys k on k.worker_id = w.id
  where w.ended_at is null and w.id <> p_worker and k.instance = (select m.instance from holdpoint.worker_keys m where m.worker_id = p_worker);
  select array_agg(r.job_id order by r.job_id), array_agg(r.token order by r.job_id) into v_ids, v_tokens
  from public.runs r where r.worker_id = any (v_dead) and r.ended_at is null;
  if v_ids is not null then
    v_count := holdpoint.lose_runs(v_ids, v_tokens, 'process_death', 'worker', p_worker::text, false);
  end if;
  foreach v_id in array v_dead loop
    perform holdpoint.mark_worker_ended(v_id, 'process_death', p_worker);
  end loop;
  return v_count;
end $$;
comment on function holdpoint.free_dead_workers(uuid, text) is
  'Frees the leases of earlier incarnations of this instance. The caller has taken the instance''s lock file, which proves them dead, and their process groups are gone. Returns freed runs.';

create function holdpoint.mark_worker_ended(p_ended uuid, p_reason text, p_by uuid) returns void
language plpgsql volatile set search_path = '' as $$
begin
  delete from public.blocks where scope = 'worker' and key = p_ended::text and kind = 'drain';
  -- Before the worker's own row: a promotion locks the two in this order.
  perform 1 from public.ventures where key = 'fleet' for no key update;
  update public.workers set ended_at = clock_timestamp(), end_reason = p_reason where id = p_ended and ended_at is null;
  if found then
    delete from holdpoint.worker_types where worker_id = p_ended;
    update public.duties set leader_until = null where worker_id = p_ended;
    perform holdpoint.append_venture_event('fleet', 'worker.ended', 'worker', p_by::text, jsonb_build_object('worker', p_ended, 'reason', p_reason), clock_timestamp());
    perform holdpoint.promote_standby(p_by);
  end if;
end $$;
comment on function holdpoint.mark_worker_ended(uuid, text, uuid) is 'Ends a worker''s row and gives its place to a standby worker. After jobs, runs and limits in the lock order: it takes the fleet''s row.';

create function holdpoint.end_worker(p_worker uuid, p_key text, p_reason text) returns int
language plpgsql volatile security definer set search_path = '' set enable_partition_pruning = off as $$
declare v_ids uuid[]; v_tokens bigint[]; v_count int := 0; v_worker public.workers;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_worker := holdpoint.check_worker(p_worker, p_key);
  select array_agg(r.job_id order by r.job_id), array_agg(r.token order by r.job_id) into v_ids, v_tokens
  from public.runs r where r.worker_id = p_worker and r.ended_at is null;
  if v_ids is not null then
    v_count := holdpoint.lose_runs(v_ids, v_tokens, case when v_worker.killed_at is null then 'deploy' else 'killed' end::public.loss_cause, 'worker', p_worker::text, false);
  end if;
  perform holdpoint.mark_worker_ended(p_worker, p_reason, p_worker);
  return v_count;
end $$;
comment on function holdpoint.end_worker(uuid, text, text) is 'The process leaves in order: its open runs become lost (deploy, or killed; no retry used). Returns how many. Later calls of this process are refused.';

create function holdpoint.reap(p_worker uuid, p_key text, p_max int) returns int
language plpgsql volatile security definer set search_path = '' set enable_partition_pruning = off as $$
declare v_window interval; v_now timestamptz; v_up timestamptz; v_ids uuid[]; v_tokens bigint[]; v record; v_count int := 0;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  select make_interval(secs => 2 * lease_ms / 30000.0) into v_window from public.settings;
  -- With the shortest leases the window is shorter than a janitor's tick: that is no gap yet.
  update holdpoint.janitor set
    database_up_since = case when clock_timestamp() - janitor_seen_at > greatest(v_window, interval '5 seconds') then clock_timestamp()
      else greatest(database_up_since, pg_postmaster_start_time()) end,
    janitor_seen_at = clock_timestamp()
  returning database_up_since, janitor_seen_at into v_up, v_now;
  -- After an outage every lease looks old: give the workers two heartbeats to be heard first.
  if v_now - v_up < v_window then return 0; end if;
  select array_agg(r.job_id order by r.job_id), array_agg(r.token order by r.job_id) into v_ids, v_tokens
  from (select r.job_id, r.token from public.runs r where r.ended_at is null and r.lease_until < v_now order by r.lease_until limit p_max) r;
  if v_ids is not null then
    v_count := holdpoint.lose_runs(v_ids, v_tokens, 'lease_expired', 'worker', p_worker::text, true);
  end if;
  -- A process that has not been heard from for a lease holds nothing any more.
  for v in select w.id, case when w.killed_at is null then 'silent' else 'killed' end as reason from public.workers w, public.settings s
    where w.ended_at is null and (w.heartbeat_at < v_now - make_interval(secs => s.lease_ms / 1000.0) or w.killed_at < v_now - interval '15 seconds')
      and not exists (select 1 from public.runs r where r.worker_id = w.id and r.ended_at is null)
    order by w.id limit 20
  loop
    perform holdpoint.mark_worker_ended(v.id, v.reason, p_worker);
  end loop;
  return v_count;
end $$;
comment on function holdpoint.reap(uuid, text, int) is
  'Ends at most p_max runs whose lease has run out, only after the database has been up without a gap for two heartbeat windows, and workers that hold no run and were silent for a whole lease, or killed 15 s ago and did not leave by themselves. Returns runs.';
