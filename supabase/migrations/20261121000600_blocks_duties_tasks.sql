-- Holdpoint, part 6: stops and other blocks, the janitor's work, tasks, feed.

-- Control ----------------------------------------------------------------------------------------------------------

create function holdpoint.signal_control() returns void
language plpgsql volatile set search_path = '' as $$
begin
  update holdpoint.installation set control_no = control_no + 1;
  perform pg_notify('holdpoint_control', '');
end $$;
comment on function holdpoint.signal_control() is 'Tells workers that a stop, lift, drain, promotion or cancel happened: NOTIFY, and a number for those who poll.';

create function holdpoint.control_no() returns bigint
language sql stable security definer set search_path = '' as $$ select control_no from holdpoint.installation $$;
comment on function holdpoint.control_no() is 'Rises with each stop, lift, drain, promotion and cancel. Polled each 500 ms.';

create function holdpoint.read_control(p_worker uuid, p_key text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v_worker public.workers;
begin
  select w.* into v_worker from public.workers w join holdpoint.worker_keys k on k.worker_id = w.id
  where w.id = p_worker and k.key_sha256 = sha256(convert_to(p_key, 'UTF8'));
  if not found then perform holdpoint.check_worker(p_worker, p_key); end if;
  return jsonb_build_object(
    'control_no', (select control_no from holdpoint.installation),
    'draining', v_worker.draining, 'standby', v_worker.standby, 'ended', v_worker.ended_at is not null, 'killed', v_worker.killed_at is not null,
    'halted', exists (select 1 from public.blocks b where b.kind = 'stop' and b.scope = 'worker' and b.key in (v_worker.id::text, v_worker.name)),
    'stop_kill_ms', (select stop_kill_ms from public.settings),
    'stops', (select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'scope', b.scope, 'key', b.key, 'reason', b.reason) order by b.since), '[]') from public.blocks b where b.kind = 'stop'),
    'cancels', (select coalesce(jsonb_agg(j.id), '[]') from public.runs r join public.jobs j on j.id = r.job_id
      where r.worker_id = p_worker and r.ended_at is null and j.cancel_requested_at is not null),
    'stopped_runs', (select coalesce(jsonb_agg(j.id), '[]') from public.runs r join public.jobs j on j.id = r.job_id
      where r.worker_id = p_worker and r.ended_at is null and exists (select 1 from public.blocks b where b.kind = 'stop')
        and holdpoint.stopped(v_worker, j.venture, j.type, j.queue, j.paid)));
end $$;
comment on function holdpoint.read_control(uuid, text) is 'What this process must know: stops, canceled and stopped runs of its own, whether it is halted by a stop of its own, standby, draining or ended.';

create function holdpoint.insert_stop(p_scope public.block_scope, p_key text, p_venture text, p_reason text, p_by_kind text, p_by_id text) returns uuid
language plpgsql volatile set search_path = '' as $$
declare v_id uuid := holdpoint.new_id(); v_now timestamptz := clock_timestamp();
begin
  insert into public.blocks (id, scope, key, kind, venture, reason, since, by_kind, by_id)
  values (v_id, p_scope, p_key, 'stop', p_venture, p_reason, v_now, p_by_kind, p_by_id);
  perform holdpoint.append_venture_event(p_venture, 'stop.engaged', p_by_kind, p_by_id,
    jsonb_build_object('block', v_id, 'scope', p_scope, 'key', p_key, 'reason', p_reason), v_now);
  perform holdpoint.insert_alert_task(p_venture, null, 'stop.engaged', 'Stopped: ' || p_scope || case when p_key = '' then '' else ' ' || p_key end || ' (' || left(p_reason, 120) || ')', v_now);
  perform holdpoint.signal_control();
  return v_id;
end $$;
comment on function holdpoint.insert_stop(public.block_scope, text, text, text, text, text) is 'A stop''s row with its event and alert; control connections are told. Its id.';

create function holdpoint.finish_stop(p_id uuid, p_actor_kind text, p_actor_id text) returns timestamptz
language plpgsql volatile set search_path = '' as $$
declare v_block public.blocks; v_now timestamptz;
begin
  -- Waits out every call in flight; calls that come after it see the row, which was committed before.
  perform pg_advisory_xact_lock(holdpoint.control_lock());
  select * into v_block from public.blocks where id = p_id and kind = 'stop' for update;
  if not found then return null; end if;
  if v_block.effective_at is not null then return v_block.effective_at; end if;
  v_now := clock_timestamp();
  update public.blocks set effective_at = v_now where id = p_id;
  perform holdpoint.append_venture_event(v_block.venture, 'stop.effective', p_actor_kind, p_actor_id, jsonb_build_object('block', p_id), v_now);
  return v_now;
end $$;
comment on function holdpoint.finish_stop(uuid, text, text) is 'Writes a stop''s effective_at after waiting out all runtime calls in flight. From then on no claim, step, artifact or evidence in its scope commits.';

-- The janitor ------------------------------------------------------------------------------------------------------

create function holdpoint.tend_blocks(p_worker uuid, p_key text) returns int
language plpgsql volatile security definer set search_path = '' as $$
declare v record; v_now timestamptz; v_count int := 0; v_fresh interval;
begin
  perform holdpoint.check_worker(p_worker, p_key);
  for v in select id from public.blocks where kind = 'stop' and effective_at is null and since < clock_timestamp() - interval '1 second' order by since loop
    perform holdpoint.finish_stop(v.id, 'worker', p_worker::text);
    v_count := v_count + 1;
  end loop;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_count := v_count + holdpoint.tend_keys(p_worker) + holdpoint.tend_providers(p_worker);
  v_now := clock_timestamp();
  select make_interval(secs => lease_ms / 1000.0) into v_fresh from public.settings;
  for v in
    select b.id, b.scope, b.key, b.kind, b.venture from public.blocks b
    left join public.limits l on l.scope = b.scope and l.key = b.key and l.kind::text = b.kind::text
    where b.wake_at <= v_now and b.kind <> 'cap' and b.scope <> 'provider' order by b.scope, b.key, b.kind
  loop
    perform 1 from public.limits l where l.scope = v.scope and l.key = v.key and l.kind::text = v.kind::text for update;
    delete from public.blocks where id = v.id and wake_at <= v_now;
    if found then
      v_count := v_count + 1;
      perform holdpoint.append_venture_event(v.venture, 'limit.lifted', 'worker', p_worker::text, jsonb_build_object('kind', v.kind, 'scope', v.scope, 'key', v.key), v_now);
    end if;
  end loop;
  v_count := v_count + holdpoint.tend_caps(p_worker);
  perform holdpoint.refresh_announced_types();
  -- Types that no live worker knows, and those that one knows again.
  for v in
    select a.type::text as type, exists (select 1 from holdpoint.worker_types t join public.workers w on w.id = t.worker_id
      where t.type = a.type and w.ended_at is null and not w.standby and w.heartbeat_at > v_now - v_fresh) as known,
      exists (select 1 from public.blocks b where b.scope = 'type' and b.key = a.type and b.kind = 'no_worker') as blocked
    from holdpoint.announced_types a order by a.type
  loop
    if not v.known and not v.blocked then
      insert into public.blocks (id, scope, key, kind, venture, reason, since, by_kind, by_id)
      values (holdpoint.new_id(), 'type', v.type, 'no_worker', 'fleet', 'No live worker knows the job type ' || v.type || '.', v_now, 'worker', p_worker::text)
      on conflict (scope, key, kind) where kind <> 'stop' do nothing;
      if found then
        v_count := v_count + 1;
        perform holdpoint.append_venture_event('fleet', 'type.unserved', 'worker', p_worker::text, jsonb_build_object('type', v.type), v_now);
      end if;
    elsif v.known and v.blocked then
      delete from public.blocks where scope = 'type' and key = v.type and kind = 'no_worker';
      if found then
        v_count := v_count + 1;
        perform holdpoint.append_venture_event('fleet', 'type.served', 'worker', p_worker::text, jsonb_build_object('type', v.type), v_now);
      end if;
    end if;
  end loop;
  -- Places that a drain or a higher limit has freed, and those for which no standby worker was heard from before.
  v_count := v_count + holdpoint.promote_standby(p_worker);
  if v_count > 0 then perform pg_notify('holdpoint_wake', 'ready'); end if;
  return v_count;
end $$;
comment on function holdpoint.tend_blocks(uuid, text) is 'Finishes stops whose caller is gone, lifts blocks whose time has come, sets and lifts the block of types that no live worker knows, promotes standby workers to free places. Returns changes.';

create function holdpoint.expire_jobs(p_worker uuid, p_key text, p_max int) returns int
language plpgsql volatile security definer set search_path = '' as $$
declare v_id uuid; v_ids uuid[]; v_now timestamptz := clock_timestamp(); v_streams uuid[] := '{}'; v_seqs int[] := '{}'; v_ventures text[] := '{}'; v_why text; v_seq int;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  v_ids := array(
    select c.id from (
      (select j.id from public.jobs j where j.phase = 'h' and j.held_until <= v_now order by j.held_until limit p_max)
      union all
      (select j.id from public.jobs j where j.phase = 'q' and j.run_no = 0 and j.start_by <= v_now order by j.start_by limit p_max)
      union
      (select d.job_id from holdpoint.deadlines d where d.at <= v_now order by d.at limit p_max)
    ) c order by c.id limit 2 * p_max);
  perform 1 from public.jobs j where j.id = any (v_ids) order by j.id for no key update;
  v_now := clock_timestamp();
  perform holdpoint.tend_deadlines(p_worker, v_ids);
  foreach v_id in array v_ids loop
    v_seq := case when not exists (select 1 from public.jobs j where j.id = v_id and j.end_by <= v_now) then holdpoint.expire_request(v_id, p_worker, v_now) end;
    if v_seq is not null then
      v_streams := v_streams || v_id; v_seqs := v_seqs || v_seq; v_ventures := v_ventures || (select j.venture::text from public.jobs j where j.id = v_id);
      continue;
    end if;
    update public.jobs j set state = 'expired', phase = null, held_for = null, decided_from = null, slots = null, waits_for = null, ended_at = v_now,
      reason = holdpoint.past_deadline(j, v_now)
    where j.id = v_id and j.state in ('held', 'queued') and holdpoint.past_deadline(j, v_now) is not null
    returning j.reason into v_why;
    continue when not found;
    v_streams := v_streams || v_id;
    v_ventures := v_ventures || (select j.venture::text from public.jobs j where j.id = v_id);
    v_seqs := v_seqs || holdpoint.append_job_event(v_id, 'expired', 'worker', p_worker::text, null, jsonb_build_object('reason', v_why)
      || coalesce((select jsonb_build_object('call', w.call, 'version', w.type_version) from public.waits w where w.job_id = v_id and w.answer = 'expired' and w.answered_at = v_now), '{}'), v_now);
  end loop;
  perform holdpoint.leave_keys(v_streams, 'worker', p_worker::text);
  perform holdpoint.append_feed(v_streams, v_seqs, v_ventures);
  return cardinality(v_streams);
end $$;
comment on function holdpoint.expire_jobs(uuid, text, int) is 'held past its decision time, or held or queued past a deadline (start_by, end_by): expired, which does nothing outside; running past end_by: asked to end. A run''s request that wants to be told goes on instead. At most p_max of each.';

create function holdpoint.check_database(p_worker uuid, p_key text) returns int
language plpgsql volatile security definer set search_path = '' as $$
declare v holdpoint.installation; v_system text; v_timeline int; v_future boolean;
begin
  perform holdpoint.check_worker(p_worker, p_key);
  select * into strict v from holdpoint.installation;
  select system_identifier::text into v_system from pg_control_system();
  select timeline_id into v_timeline from pg_control_checkpoint();
  -- pg_control's timeline lags until the next checkpoint: only a change against what was noted counts.
  v_future := exists (select 1 from holdpoint.feed f where f.epoch = v.epoch and f.xid > pg_current_xact_id() limit 1);
  if v.system_identifier = v_system and v.timeline = v_timeline and not v_future then return v.epoch; end if;
  -- No call may be under way that still writes in the old epoch. The fleet's row first: a stop takes it before the installation's.
  perform pg_advisory_xact_lock(holdpoint.control_lock());
  perform 1 from public.ventures where key = 'fleet' for no key update;
  update holdpoint.installation set epoch = epoch + 1, system_identifier = v_system, timeline = v_timeline
  where epoch = v.epoch returning epoch into v.epoch;
  if found then
    perform holdpoint.insert_stop('everything', '', 'fleet', 'The database was restored or replaced. Check what ran meanwhile, then lift this stop.', 'system', 'check_database');
  end if;
  return (select epoch from holdpoint.installation);
end $$;
comment on function holdpoint.check_database(uuid, text) is 'Another system identifier or timeline, or a feed row from the future: a new feed epoch, and a stop of everything. Returns the epoch.';

create function holdpoint.prune(p_worker uuid, p_key text) returns int
language plpgsql volatile security definer set search_path = '' as $$
declare v_count int := 0; v_n int;
begin
  perform holdpoint.check_worker(p_worker, p_key);
  delete from holdpoint.previews where asked_at < clock_timestamp() - interval '1 hour';
  get diagnostics v_n = row_count; v_count := v_count + v_n;
  delete from holdpoint.limit_usage where minute < clock_timestamp() - interval '2 hours';
  get diagnostics v_n = row_count; v_count := v_count + v_n;
  v_count := v_count + holdpoint.prune_debounces() + holdpoint.tend_queued_again();
  delete from public.tasks where id in (select id from public.tasks where done_at < clock_timestamp() - interval '7 days' order by done_at limit 5000);
  get diagnostics v_n = row_count; v_count := v_count + v_n;
  delete from public.run_logs where ctid = any (array(select l.ctid from public.run_logs l where l.at < clock_timestamp() - make_interval(days => (select log_days from public.settings)) limit 5000));
  get diagnostics v_n = row_count; v_count := v_count + v_n;
  return v_count;
end $$;
comment on function holdpoint.prune(uuid, text) is 'Drops answered previews (1 hour), limit counters (2 hours), done tasks (7 days) and log chunks (settings.log_days), a bounded share per call.';

create function holdpoint.ensure_partitions(p_worker uuid, p_key text) returns int
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  return holdpoint.ensure_partition(clock_timestamp())::int + holdpoint.ensure_partition(clock_timestamp() + interval '1 month')::int;
end $$;
comment on function holdpoint.ensure_partitions(uuid, text) is 'This month''s and next month''s partitions. Returns how many months it made.';

-- Tasks ------------------------------------------------------------------------------------------------------------

create function holdpoint.pick_tasks(p_worker uuid, p_key text, p_queue text, p_limit int, p_out uuid[])
returns table (id uuid, queue text, subject jsonb, venture text, job_id uuid, due_at timestamptz)
language plpgsql stable security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  return query
  select t.id, t.queue::text, t.subject, t.venture::text, t.job_id, t.due_at from public.tasks t
  where t.queue = p_queue::public.task_queue and t.done_at is null and t.due_at <= clock_timestamp() and t.id <> all (p_out)
  order by t.due_at, t.id limit p_limit;
end $$;
comment on function holdpoint.pick_tasks(uuid, text, text, int, uuid[]) is 'Due tasks of a queue that are not out already, oldest first.';

create function holdpoint.read_tasks(p_worker uuid, p_key text, p_ids uuid[])
returns table (id uuid, queue text, subject jsonb, venture text, job_id uuid, due_at timestamptz)
language plpgsql stable security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  return query select t.id, t.queue::text, t.subject, t.venture::text, t.job_id, t.due_at from public.tasks t where t.id = any (p_ids) and t.done_at is null;
end $$;
comment on function holdpoint.read_tasks(uuid, text, uuid[]) is 'Those of the tasks that are not done yet.';

create function holdpoint.finish_task(p_worker uuid, p_key text, p_task uuid, p_result jsonb) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  update public.tasks set done_at = clock_timestamp(), result = p_result where id = p_task and done_at is null;
  return found;
end $$;
comment on function holdpoint.finish_task(uuid, text, uuid, jsonb) is 'Marks a task done. False: it was done before.';

create function holdpoint.plan_reminder(p_worker uuid, p_key text, p_task uuid) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare v_task public.tasks; v_job public.jobs; v_at timestamptz; v_now timestamptz := clock_timestamp();
begin
  perform holdpoint.check_worker(p_worker, p_key);
  select * into v_task from public.tasks where id = p_task and queue = 'approval' and done_at is null for update;
  if not found then return false; end if;
  select * into v_job from public.jobs where id = v_task.job_id;
  v_job := holdpoint.asked(v_job);
  v_at := v_job.updated_at + make_interval(secs => coalesce((v_job.approval ->> 'reminder_ms')::bigint, (select approval_reminder_ms from public.settings)) / 1000.0);
  if v_job.state = 'held' then
    perform holdpoint.insert_alert_task(v_task.venture, v_job.id, case when v_task.subject ? 'reminder' then 'approval.reminder' else 'approval.needed' end,
      v_job.type || ' in ' || v_job.venture || ' waits for a decision' || case v_job.held_for when 'park' then ': ' || v_job.reason else '' end, v_now);
    if not v_task.subject ? 'reminder' and v_at < v_job.held_until then
      insert into public.tasks (id, queue, venture, job_id, subject, due_at, created_at)
      values (holdpoint.new_id(), 'approval', v_task.venture, v_job.id, v_task.subject || '{"reminder":true}', v_at, v_now);
    end if;
  end if;
  update public.tasks set done_at = v_now, result = jsonb_build_object('state', v_job.state) where id = p_task;
  return true;
end $$;
comment on function holdpoint.plan_reminder(uuid, text, uuid) is 'Carries out one approval task: asks for the alert and arms the reminder, in one transaction with marking it done. False: done before. Expiry needs no task: expire_jobs reads the job.';

create function holdpoint.insert_alert_task(p_venture text, p_job uuid, p_kind text, p_title text, p_at timestamptz) returns void
language sql volatile set search_path = '' as $$
  insert into public.tasks (id, queue, venture, job_id, subject, due_at, created_at)
  values (holdpoint.new_id(), 'alert', p_venture, p_job, jsonb_build_object('kind', p_kind, 'title', p_title), p_at, p_at)
$$;
comment on function holdpoint.insert_alert_task(text, uuid, text, text, timestamptz) is 'Asks for one alert.';

create function holdpoint.ask_alert(p_worker uuid, p_key text, p_task uuid, p_kind text, p_title text, p_result jsonb) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare v_task public.tasks; v_now timestamptz := clock_timestamp();
begin
  perform holdpoint.check_worker(p_worker, p_key);
  update public.tasks set done_at = v_now, result = p_result where id = p_task and done_at is null returning * into v_task;
  if not found then return false; end if;
  perform holdpoint.insert_alert_task(v_task.venture, v_task.job_id, p_kind, p_title, v_now);
  return true;
end $$;
comment on function holdpoint.ask_alert(uuid, text, uuid, text, text, jsonb) is 'Finishes a task of recovery, dead-letter or quarantine and asks for one alert, in one transaction. False: done before.';

create function holdpoint.raise_alert(p_worker uuid, p_key text, p_task uuid, p_kind text, p_title text, p_delivered jsonb default '{}') returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare v_task public.tasks; v_now timestamptz := clock_timestamp();
begin
  perform holdpoint.check_worker(p_worker, p_key);
  update public.tasks set done_at = v_now, result = p_delivered where id = p_task and queue = 'alert' and done_at is null returning * into v_task;
  if not found then return false; end if;
  insert into public.alerts (id, venture, kind, title, job_id, at, delivered)
  values (holdpoint.new_id(), v_task.venture, p_kind, left(p_title, 300), v_task.job_id, v_now, p_delivered);
  return true;
end $$;
comment on function holdpoint.raise_alert(uuid, text, uuid, text, text, jsonb) is 'Records an alert and which channels it reached; finishes its task in the same transaction. False: done before.';

-- Feed -------------------------------------------------------------------------------------------------------------

create function holdpoint.read_feed(p_epoch int, p_xid text, p_id bigint, p_index int, p_limit int)
returns table (epoch int, xid text, id bigint, index int, stream uuid, seq int, venture text, type text, at timestamptz, cursor text)
language plpgsql stable security definer set search_path = '' set enable_seqscan = off as $$
begin
  return query
  with f as materialized (
    select f.* from holdpoint.feed f
    where (f.epoch, f.xid, f.id) >= (p_epoch, p_xid::xid8, p_id)
      and (f.xid < pg_snapshot_xmin(pg_current_snapshot()) or f.epoch < (select i.epoch from holdpoint.installation i))
    -- One more than asked for: the first may be the row that the position is the end of.
    order by f.epoch, f.xid, f.id limit p_limit + 1
  )
  select f.epoch, f.xid::text, f.id, s.n::int, s.stream, s.seq, s.venture, e.type, e.at, f.epoch || '.' || f.xid::text || '.' || f.id || '.' || s.n
  from f cross join lateral unnest(f.streams, f.seqs, f.ventures) with ordinality s(stream, seq, venture, n)
  left join lateral (
    select j.type, j.at from public.job_events j where j.stream = s.stream and j.seq = s.seq
    union all select v.type, v.at from public.venture_events v where v.stream = s.stream and v.seq = s.seq
  ) e on true
  where (f.epoch, f.xid, f.id) > (p_epoch, p_xid::xid8, p_id) or s.n > p_index
  order by f.epoch, f.xid, f.id, s.n limit p_limit;
end $$;
comment on function holdpoint.read_feed(int, text, bigint, int, int) is
  'Events after a position, below the snapshot''s xmin: nothing appears later behind what was served. An epoch that is over is served whole: its transaction numbers are those of another database. Events of one stream may come out of order (order them by seq). No bodies: readers fetch those under their own rights.';

create function holdpoint.feed_head() returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('epoch', i.epoch,
    'cursor', coalesce((select f.epoch || '.' || f.xid::text || '.' || f.id || '.' || cardinality(f.streams) from holdpoint.feed f
      where f.epoch = i.epoch and f.xid < pg_snapshot_xmin(pg_current_snapshot()) order by f.epoch desc, f.xid desc, f.id desc limit 1), i.epoch || '.0.0.0'),
    'oldest_unsettled_s', coalesce((select extract(epoch from clock_timestamp() - min(a.xact_start)) from pg_stat_activity a
      where a.backend_xid is not null and a.xact_start < clock_timestamp() - interval '1 second'), 0))
  from holdpoint.installation i
$$;
comment on function holdpoint.feed_head() is 'The last served position now, and how many seconds the oldest open writer holds the feed back.';

create function holdpoint.feed_behind(p_epoch int, p_xid text, p_id bigint, p_max int) returns int
language sql stable security definer set search_path = '' as $$
  select coalesce(sum(cardinality(f.streams)), 0)::int from (select f.streams from holdpoint.feed f where (f.epoch, f.xid, f.id) > (p_epoch, p_xid::xid8, p_id)
    order by f.epoch, f.xid, f.id limit p_max) f
$$;
comment on function holdpoint.feed_behind(int, text, bigint, int) is 'How many events follow a position, counting at most p_max calls: over 10,000 a reader gets a resync.';
