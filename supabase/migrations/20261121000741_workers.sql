-- Holdpoint, part 7.41: what people do to single worker processes: drain, undrain, kill.

create function holdpoint.live_worker(p_worker text) returns public.workers
language plpgsql stable set search_path = '' as $$
declare v public.workers; v_ids text;
begin
  select string_agg(w.id::text, ', ' order by w.started_at) into v_ids from public.workers w where w.ended_at is null and p_worker in (w.id::text, w.name);
  if v_ids is null and exists (select 1 from public.workers w where p_worker in (w.id::text, w.name)) then
    perform holdpoint.fail(409, 'worker_ended', 'The worker "' || left(p_worker, 60) || '" has ended.', 'worker', 'See: holdpoint worker list');
  elsif v_ids is null then
    perform holdpoint.fail(404, 'unknown_worker', 'There is no worker "' || left(coalesce(p_worker, ''), 60) || '".', 'worker', 'See: holdpoint worker list');
  elsif position(',' in v_ids) > 0 then
    perform holdpoint.fail(409, 'several_workers', 'Several processes have the name "' || left(p_worker, 60) || '".', 'worker', 'Name one by its id: ' || v_ids);
  end if;
  select w.* into strict v from public.workers w where w.id::text = v_ids;
  return v;
end $$;
comment on function holdpoint.live_worker(text) is 'The one worker process of this name or id that has not ended. 404 unknown_worker, 409 worker_ended, several_workers.';

create function holdpoint.worker_answer(p_worker uuid) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('id', w.id, 'name', w.name, 'draining', w.draining, 'standby', w.standby, 'killed_at', w.killed_at, 'ended_at', w.ended_at,
    'open_count', (select count(*) from public.runs r where r.worker_id = w.id and r.ended_at is null),
    'leases_end', (select max(r.lease_until) from public.runs r where r.worker_id = w.id and r.ended_at is null))
  from public.workers w where w.id = p_worker
$$;
comment on function holdpoint.worker_answer(uuid) is 'A worker as who drained or killed it is told: what it still runs and when its leases end.';

create function holdpoint.set_draining(p_worker public.workers, p_reason text, p_by text, p_killed boolean) returns timestamptz
language plpgsql volatile set search_path = '' as $$
declare v_now timestamptz := clock_timestamp();
begin
  insert into public.blocks (id, scope, key, kind, venture, reason, since, by_kind, by_id)
  values (holdpoint.new_id(), 'worker', p_worker.id::text, 'drain', 'fleet', p_reason, v_now, 'operator', p_by)
  on conflict (scope, key, kind) where kind <> 'stop' do nothing;
  -- The event locks the fleet's row, under which places are given.
  perform holdpoint.append_venture_event('fleet', case when p_killed then 'worker.killed' else 'worker.draining' end, 'operator', p_by,
    jsonb_build_object('worker', p_worker.id, 'name', p_worker.name, 'reason', p_reason), v_now);
  update public.workers set draining = true, killed_at = case when p_killed then v_now end where id = p_worker.id and ended_at is null and killed_at is null;
  if not found then
    perform holdpoint.fail(409, 'worker_ended', 'The worker "' || p_worker.name || '" has just ended.', 'worker');
  end if;
  perform holdpoint.promote_standby(p_worker.id);
  perform holdpoint.signal_control();
  return v_now;
end $$;
comment on function holdpoint.set_draining(public.workers, text, text, boolean) is
  'Marks a worker as draining (and killed), with its block row, and gives its place to a standby worker. The caller holds the control lock exclusively, so no claim of it is in flight.';

create function public.drain_worker(p_worker text, p_reason text default null) returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '5s' as $$
declare v_operator public.operators; v_worker public.workers; v_reason text; v_block public.blocks;
begin
  v_operator := holdpoint.require_role('fleet', 'approver');
  v_reason := coalesce(nullif(left(trim(p_reason), 500), ''), 'No reason given.');
  perform pg_advisory_xact_lock(holdpoint.control_lock());
  v_worker := holdpoint.live_worker(p_worker);
  if v_worker.draining then
    select * into v_block from public.blocks b where b.scope = 'worker' and b.key = v_worker.id::text and b.kind = 'drain';
    perform holdpoint.fail(409, 'already_draining', 'The worker "' || v_worker.name || '" drains already'
      || coalesce(', by ' || v_block.by_id || ' since ' || to_char(v_block.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC (' || v_block.reason || ')', '') || '.', 'worker');
  end if;
  perform holdpoint.set_draining(v_worker, v_reason, v_operator.email, false);
  return holdpoint.worker_answer(v_worker.id);
end $$;
comment on function public.drain_worker(text, text) is
  'The worker (name or id) takes no new work from the commit on, finishes what it runs, then leaves; a standby worker takes its place at once. Needs approver in fleet. 404 unknown_worker, 409 already_draining, worker_ended, several_workers.';

create function public.undrain_worker(p_worker text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_worker public.workers; v_standby boolean;
begin
  v_operator := holdpoint.require_role('fleet', 'approver');
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_worker := holdpoint.live_worker(p_worker);
  if v_worker.killed_at is not null then
    perform holdpoint.fail(409, 'worker_killed', 'The worker "' || v_worker.name || '" was killed; that can''t be taken back.', 'worker', 'Start it again when it has left.');
  end if;
  delete from public.blocks where scope = 'worker' and key = v_worker.id::text and kind = 'drain';
  perform holdpoint.append_venture_event('fleet', 'worker.undrained', 'operator', v_operator.email, jsonb_build_object('worker', v_worker.id, 'name', v_worker.name), clock_timestamp());
  -- Its place may have been given away meanwhile.
  v_standby := cardinality(v_worker.lanes) > 0 and holdpoint.free_places() <= 0;
  update public.workers set draining = false, standby = standby or v_standby where id = v_worker.id and draining and ended_at is null and killed_at is null;
  if not found then
    perform holdpoint.fail(409, 'not_draining', 'The worker "' || v_worker.name || '" does not drain.', 'worker', 'See: holdpoint worker show ' || v_worker.name);
  end if;
  perform holdpoint.signal_control();
  perform pg_notify('holdpoint_wake', 'ready');
  return holdpoint.worker_answer(v_worker.id);
end $$;
comment on function public.undrain_worker(text) is
  'A draining worker that has not left takes work again, or waits as standby when its place was given away. Needs approver in fleet. 409 not_draining, worker_killed, worker_ended.';

create function public.kill_worker(p_worker text, p_reason text, p_confirmation text) returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '5s' as $$
declare v_operator public.operators; v_worker public.workers; v_reason text;
begin
  v_operator := holdpoint.require_role('fleet', 'admin');
  v_reason := holdpoint.required_reason(p_reason, 'A kill');
  if p_confirmation is distinct from 'KILL' then
    perform holdpoint.fail(400, 'confirmation_missing', 'Killing a worker needs the typed confirmation.', 'confirmation', 'Type KILL.');
  end if;
  perform pg_advisory_xact_lock(holdpoint.control_lock());
  v_worker := holdpoint.live_worker(p_worker);
  if v_worker.killed_at is not null then
    perform holdpoint.fail(409, 'already_killed', 'The worker "' || v_worker.name || '" was killed at ' || to_char(v_worker.killed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC.', 'worker',
      'What it runs is freed when it leaves, or when its leases end.');
  end if;
  perform holdpoint.set_draining(v_worker, v_reason, v_operator.email, true);
  return holdpoint.worker_answer(v_worker.id);
end $$;
comment on function public.kill_worker(text, text, text) is
  'From the commit on the worker claims, renews and records nothing. A process that answers aborts its runs, leaves at once and frees them (lost, killed: to recovery, no retry used). Of one that does not answer the janitor frees them when their leases have run out (leases_end), never before: until then a handler may still act, and its late writes are void by their tokens; then it ends the row. Needs admin in fleet and the typed word KILL.';

create function public.worker_detail(p_worker text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare v_worker public.workers;
begin
  perform holdpoint.require_operator();
  select w.* into v_worker from public.workers w where p_worker in (w.id::text, w.name) order by w.ended_at is not null, w.started_at desc limit 1;
  if not found then
    perform holdpoint.fail(404, 'unknown_worker', 'There is no worker "' || left(coalesce(p_worker, ''), 60) || '".', 'worker', 'See: holdpoint worker list');
  end if;
  return jsonb_build_object('now', clock_timestamp(), 'worker', to_jsonb(v_worker),
    'blocks', (select coalesce(jsonb_agg(to_jsonb(b) order by b.since), '[]') from public.blocks b where b.scope = 'worker' and b.key in (v_worker.id::text, v_worker.name)),
    'runs', (select coalesce(jsonb_agg(jsonb_build_object('job_id', r.job_id, 'run_no', r.run_no, 'venture', r.venture, 'type', (select j.type from public.jobs j where j.id = r.job_id),
        'started_at', r.started_at, 'lease_until', r.lease_until) order by r.started_at), '[]')
      from (select * from public.runs r where r.worker_id = v_worker.id and r.ended_at is null order by r.started_at limit 200) r));
end $$;
comment on function public.worker_detail(text) is 'One worker process (the live one of that name, else the last): its row, the stops and drain that name it, and its open runs, under the caller''s row-level security.';
