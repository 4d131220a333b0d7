-- Holdpoint, part 3: workers announce themselves and their types, and lead the duties.
-- Lock order everywhere: control lock, jobs by id, runs, effects, limits and caps by key, blocks by key, ledger,
-- venture rows by key, tasks, feed.

create function holdpoint.check_worker(p_worker uuid, p_key text) returns public.workers
language plpgsql stable set search_path = '' as $$
declare v public.workers;
begin
  select w.* into v from public.workers w
  join holdpoint.worker_keys k on k.worker_id = w.id
  where w.id = p_worker and k.key_sha256 = sha256(convert_to(p_key, 'UTF8'));
  if not found then
    perform holdpoint.fail(401, 'unknown_worker', 'No worker process with this id and key is registered.', null, 'Register first; a key belongs to one process.');
  end if;
  if v.ended_at is not null then
    perform holdpoint.fail(409, 'worker_ended', 'This worker process was ended (' || coalesce(v.end_reason, 'unknown') || ').', null, 'Leave, and start a new process.');
  end if;
  return v;
end $$;
comment on function holdpoint.check_worker(uuid, text) is 'The caller''s worker row. 401 unknown_worker, 409 worker_ended.';

create table holdpoint.announced_types (
  type public.type_name primary key,
  version int not null,
  -- Its runs count on more than their venture's limits: the gate judges each claim of it.
  limited boolean not null default false
);
alter table holdpoint.announced_types enable row level security;
comment on table holdpoint.announced_types is 'The version of each type that is current: the highest that a live worker knows (a standby one does not count), else the last one known.';

create function holdpoint.refresh_announced_types() returns void
language sql volatile set search_path = '' as $$
  insert into holdpoint.announced_types as a (type, version)
  select t.type, max(t.version) from holdpoint.worker_types t
  join public.workers w on w.id = t.worker_id
  where w.ended_at is null and not w.standby and w.heartbeat_at > clock_timestamp() - make_interval(secs => (select lease_ms from public.settings) / 1000.0)
  group by t.type order by t.type
  on conflict (type) do update set version = excluded.version where a.version <> excluded.version
$$;
comment on function holdpoint.refresh_announced_types() is 'Brings announced_types in line with the workers that live; a type that none of them knows keeps its last version.';

create function holdpoint.announce_types(p_worker uuid, p_types jsonb) returns void
language plpgsql volatile set search_path = '' as $$
declare v_type record; v_have public.job_types;
begin
  for v_type in
    select * from jsonb_to_recordset(p_types) as t(name text, version int, payload_schema jsonb, size public.job_size, queue public.job_queue,
      estimate_microusd bigint, ceiling_microusd bigint, timeout_ms int, lease_ms int, effect_kinds public.effect_kind[], approval boolean,
      code_hash text, description text, form jsonb, concurrency jsonb, providers text[])
    order by name
  loop
    insert into public.job_types (name, version, payload_schema, size, queue, estimate_microusd, ceiling_microusd, timeout_ms, lease_ms, effect_kinds, approval, code_hash, description, form, concurrency, providers)
    values (v_type.name, v_type.version, v_type.payload_schema, v_type.size, v_type.queue, coalesce(v_type.estimate_microusd, 0),
      coalesce(v_type.ceiling_microusd, v_type.estimate_microusd, 0), v_type.timeout_ms, v_type.lease_ms, coalesce(v_type.effect_kinds, '{}'),
      coalesce(v_type.approval, false), v_type.code_hash, coalesce(v_type.description, ''), coalesce(v_type.form, '[]'), nullif(v_type.concurrency, 'null'), coalesce(v_type.providers, '{}'))
    on conflict (name, version) do nothing;
    select * into strict v_have from public.job_types where name = v_type.name and version = v_type.version;
    if v_have.payload_schema <> v_type.payload_schema or v_have.effect_kinds <> coalesce(v_type.effect_kinds, '{}') or v_have.form <> coalesce(v_type.form, '[]') then
      perform holdpoint.fail(409, 'type_changed', 'Job type ' || v_type.name || ' version ' || v_type.version || ' is known with another payload schema, another form or other effects.',
        'types', 'Raise the version of the job type.');
    end if;
    update public.job_types set code_hash = v_type.code_hash, description = coalesce(v_type.description, ''), announced_at = clock_timestamp(),
      size = v_type.size, queue = v_type.queue, timeout_ms = v_type.timeout_ms, lease_ms = v_type.lease_ms, approval = coalesce(v_type.approval, false), concurrency = nullif(v_type.concurrency, 'null'), providers = coalesce(v_type.providers, '{}'),
      estimate_microusd = coalesce(v_type.estimate_microusd, 0), ceiling_microusd = coalesce(v_type.ceiling_microusd, v_type.estimate_microusd, 0)
    where name = v_type.name and version = v_type.version;
    insert into holdpoint.worker_types (worker_id, type, version) values (p_worker, v_type.name, v_type.version);
    insert into public.worker_code (worker_id, type, version, code_hash) values (p_worker, v_type.name, v_type.version, v_type.code_hash);
  end loop;
  perform holdpoint.refresh_announced_types();
  perform holdpoint.refresh_limited_types();
end $$;
comment on function holdpoint.announce_types(uuid, jsonb) is 'The job types of one worker process. 409 type_changed when a known version has another payload schema, form or other effects.';

create function holdpoint.free_places(p_besides text default null) returns int
language sql stable set search_path = '' as $$
  select (select s.max_workers from public.settings s) - count(*)::int
  from public.workers w join holdpoint.worker_keys k on k.worker_id = w.id
  where w.ended_at is null and not w.draining and not w.standby and cardinality(w.lanes) > 0 and k.instance is distinct from p_besides
$$;
comment on function holdpoint.free_places(text) is
  'How many more workers with lanes may work; below 0 after the limit was lowered. A silent one keeps its place until it has ended (reap ends it after a whole lease), since until then it may come back and work on. p_besides leaves out an instance. Only under the fleet''s row lock is the answer still true later.';

create function holdpoint.promote_standby(p_by uuid) returns int
language plpgsql volatile set search_path = '' as $$
declare v record; v_count int := 0;
begin
  if not exists (select 1 from public.workers w where w.ended_at is null and w.standby) then return 0; end if;
  -- One place, one promotion: whoever gives or takes places holds the fleet's row.
  perform 1 from public.ventures where key = 'fleet' for no key update;
  for v in
    select w.id, w.name from public.workers w
    where w.ended_at is null and w.standby and not w.draining and w.heartbeat_at > clock_timestamp() - make_interval(secs => (select lease_ms from public.settings) / 10000.0)
    order by w.started_at, w.id limit greatest(holdpoint.free_places(), 0)
  loop
    update public.workers set standby = false where id = v.id;
    perform holdpoint.append_venture_event('fleet', 'worker.promoted', 'worker', p_by::text, jsonb_build_object('worker', v.id, 'name', v.name), clock_timestamp());
    v_count := v_count + 1;
  end loop;
  if v_count > 0 then
    perform holdpoint.signal_control();
    perform pg_notify('holdpoint_wake', 'ready');
  end if;
  return v_count;
end $$;
comment on function holdpoint.promote_standby(uuid) is
  'Gives free places to the standby workers that registered first and were heard from within L/10. Locks the fleet''s row, then workers. Returns promotions.';

create function holdpoint.register_worker(p_name text, p_instance text, p_key text, p_host text, p_lanes text[], p_slots int, p_version text,
  p_schema_min int, p_schema_max int, p_isolation text, p_types jsonb)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare v_id uuid := holdpoint.new_id(); v_now timestamptz; v_schema int; v_standby boolean;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  select schema_version into strict v_schema from holdpoint.installation;
  if v_schema not between p_schema_min and p_schema_max then
    perform holdpoint.fail(409, 'schema_mismatch', 'The database has schema ' || v_schema || '; this worker understands ' || p_schema_min || ' to ' || p_schema_max || '.',
      null, 'Deploy the worker that fits, or run: holdpoint setup');
  end if;
  if length(p_key) < 32 then
    perform holdpoint.fail(400, 'weak_key', 'The process key must have at least 32 characters.', 'key');
  end if;
  v_now := clock_timestamp();
  -- An earlier process of this instance is dead (the caller holds its lock file): its place is taken over.
  v_standby := cardinality(p_lanes) > 0 and holdpoint.free_places(p_instance) <= 0;
  insert into public.workers (id, name, host, lanes, slots, version, schema_min, schema_max, isolation, standby, started_at, heartbeat_at)
  values (v_id, p_name, p_host, p_lanes, p_slots, p_version, p_schema_min, p_schema_max, p_isolation, v_standby, v_now, v_now);
  insert into holdpoint.worker_keys (worker_id, instance, key_sha256) values (v_id, p_instance, sha256(convert_to(p_key, 'UTF8')));
  perform holdpoint.announce_types(v_id, p_types);
  perform holdpoint.append_venture_event('fleet', 'worker.registered', 'worker', v_id::text,
    jsonb_build_object('name', p_name, 'host', p_host, 'lanes', p_lanes, 'slots', p_slots, 'version', p_version), v_now);
  -- The event has locked the fleet's row: from here on places are given one after the other, and this answer counts.
  -- The types were announced by the first one; the janitor's next round mends the rare difference.
  v_standby := cardinality(p_lanes) > 0 and holdpoint.free_places(p_instance) <= 0;
  update public.workers set standby = v_standby where id = v_id and standby <> v_standby;
  if v_standby then
    perform holdpoint.append_venture_event('fleet', 'worker.standby', 'worker', v_id::text,
      jsonb_build_object('worker', v_id, 'name', p_name, 'max_workers', (select max_workers from public.settings)), v_now);
  end if;
  perform pg_notify('holdpoint_wake', 'ready');
  return jsonb_build_object('worker_id', v_id, 'standby', v_standby, 'lease_ms', (select lease_ms from public.settings),
    'settings', (select to_jsonb(s) from public.settings s), 'epoch', (select epoch from holdpoint.installation));
end $$;
comment on function holdpoint.register_worker(text, text, text, text, text[], int, text, int, int, text, jsonb) is
  'Registers one worker process and announces its job types, in one transaction. With lanes and without a free place (settings.max_workers) it is standby: it beats and leads, but claims nothing until it is promoted. Errors: 409 schema_mismatch, 409 type_changed.';

create function holdpoint.lead_duty(p_worker uuid, p_key text, p_name text, p_ttl_ms int) returns bigint
language plpgsql volatile security definer set search_path = '' as $$
declare v_now timestamptz := clock_timestamp(); v_epoch bigint;
begin
  perform holdpoint.check_worker(p_worker, p_key);
  insert into public.duties (name) values (p_name) on conflict do nothing;
  update public.duties d set
    epoch = d.epoch + case when d.worker_id is distinct from p_worker then 1 else 0 end,
    worker_id = p_worker, leader_until = v_now + make_interval(secs => p_ttl_ms / 1000.0)
  where d.name = p_name and (d.worker_id = p_worker or d.leader_until is null or d.leader_until < v_now
    or exists (select 1 from public.workers w where w.id = d.worker_id and w.ended_at is not null))
  returning d.epoch into v_epoch;
  return v_epoch;
end $$;
comment on function holdpoint.lead_duty(uuid, text, text, int) is 'Takes or keeps the lead of a duty for p_ttl_ms; null while another process leads.';

create function holdpoint.note_duty(p_worker uuid, p_key text, p_name text, p_error text default null) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  update public.duties set last_run_at = clock_timestamp(), last_error = left(p_error, 500) where name = p_name;
end $$;
comment on function holdpoint.note_duty(uuid, text, text, text) is 'A round of a duty has ended, with its error or without one.';
