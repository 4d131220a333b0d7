-- Holdpoint, part 3: workers announce themselves; jobs are submitted and admitted.
-- Lock order everywhere: control lock, jobs by id, runs, effects, limits and caps by key, blocks by key, ledger,
-- venture rows by key, tasks, feed.

-- Workers ----------------------------------------------------------------------------------------------------------

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

-- Submit -----------------------------------------------------------------------------------------------------------

create function holdpoint.admission_data(p_rule text, p_policy_version int, p_reason text, p_tier text) returns text
language sql stable as $$
  select '{"rule":' || to_json(p_rule)::text || ',"policy":' || p_policy_version || ',"reason":' || coalesce(to_json(p_reason)::text, 'null') || ',"tier":"' || coalesce(p_tier, '')
    || '","plan":"'
$$;
comment on function holdpoint.admission_data(text, int, text, text) is 'The data of an admission''s event up to the plan''s hash, which ends it: hex, then "}}.';

create function holdpoint.rest_of_request(p_type text, p_urgent boolean) returns text language sql immutable as $$
  select p_type || case when p_urgent then '/urgent' else '' end
$$;
comment on function holdpoint.rest_of_request(text, boolean) is 'What a repeated submit must have in common with the first besides the payload.';

create function holdpoint.keep_keys(p_venture public.venture_key, p_keys text[], p_ids uuid[], p_shas bytea[], p_type text, p_urgent boolean) returns uuid[]
language plpgsql volatile set search_path = '' as $$
declare v_fresh uuid[]; v_rest bytea := convert_to(holdpoint.rest_of_request(p_type, p_urgent), 'UTF8');
begin
  insert into holdpoint.idempotency_keys (venture, key, job_id, request_sha256)
  select p_venture, u.key, u.id, sha256(u.sha || v_rest) from unnest(p_keys, p_ids, p_shas) u(key, id, sha) where u.key is not null order by u.key;
  return null;
exception when unique_violation then
  -- Nearly never, so that the usual batch need not look each key up before it writes it.
  with k as (
    insert into holdpoint.idempotency_keys (venture, key, job_id, request_sha256)
    select p_venture, u.key, u.id, sha256(u.sha || v_rest) from unnest(p_keys, p_ids, p_shas) u(key, id, sha) where u.key is not null order by u.key
    on conflict do nothing
    returning job_id
  )
  select coalesce(array_agg(k.job_id), '{}') into v_fresh from k;
  return v_fresh;
end $$;
comment on function holdpoint.keep_keys(public.venture_key, text[], uuid[], bytea[], text, boolean) is
  'Keeps a batch''s idempotency keys, in their order. Returns null when all were new, else the ids whose keys were.';

create function holdpoint.insert_jobs(p_actor_kind text, p_actor_id text, p_venture text, p_type text, p_payloads jsonb[], p_keys text[],
  p_run_at timestamptz[], p_urgent boolean, p_start_by timestamptz, p_end_by timestamptz,
  p_worker uuid default null, p_policy_version int default null, p_type_version int default null, p_rules text[] default null, p_reasons text[] default null,
  p_tiers text[] default null, p_queues text[] default null, p_decisions int[] default null, p_plan_hashes bytea[] default null)
returns table (ord bigint, id uuid, repeated boolean)
language plpgsql volatile set search_path = '' as $$
declare v_venture public.venture_key; v_now timestamptz := clock_timestamp(); v_type public.job_types; v_bad boolean;
  v_middle text := ',"type":"submitted' || holdpoint.event_middle(v_now, p_actor_kind, p_actor_id) || 'null,"data":';
  v_middles text[]; v_ids uuid[] := holdpoint.new_ids(cardinality(p_payloads)); v_shas bytea[]; v_fresh uuid[];
  v_queues public.job_queue[] := p_queues::public.job_queue[]; v_known_tiers public.retry_tier[] := p_tiers::public.retry_tier[]; v_queue public.job_queue;
begin
  -- As the domain's type once: from text the pattern would be matched for each row of each table.
  select v.key into v_venture from public.ventures v where v.key = p_venture;
  if not found then
    perform holdpoint.fail(404, 'unknown_venture', 'There is no venture "' || left(p_venture, 60) || '".', 'venture', 'List them with: holdpoint venture list');
  end if;
  select t.* into v_type from public.job_types t join holdpoint.announced_types a on a.type = t.name and a.version = t.version where t.name = p_type;
  if not found then
    perform holdpoint.fail(404, 'unknown_job_type', 'No worker has announced a job type "' || left(coalesce(p_type, ''), 60) || '".', 'type',
      'Known types: ' || coalesce((select string_agg(a.type, ', ' order by a.type) from holdpoint.announced_types a), 'none yet; start a worker'));
  end if;
  select array_agg(sha256(convert_to(t.text, 'UTF8')) order by t.ord), bool_or(t.payload is null or jsonb_typeof(t.payload) <> 'object' or octet_length(t.text) > 262144)
  into v_shas, v_bad
  from (select u.ord, u.payload, u.payload::text as text from unnest(p_payloads) with ordinality u(payload, ord) offset 0) t;
  if v_bad then
    perform holdpoint.fail(400, 'bad_payload', 'A payload must be a JSON object of at most 256 kB.', 'payload', 'Pass an object; put large data in an artifact and refer to it.');
  end if;
  perform holdpoint.ensure_partition(v_now);
  v_queue := case when p_urgent then 'priority' else coalesce(v_type.queue, 'job') end;
  -- Void as a whole when another version of the type is announced by now: admission decides anew.
  -- So is what has a concurrency key: admission computes it.
  if v_type.version is distinct from p_type_version or v_type.concurrency is not null then p_plan_hashes := null; end if;
  select array_agg(',"type":"queued' || holdpoint.event_middle(v_now, 'worker', p_worker::text) || 'null,"data":' || holdpoint.admission_data(u.rule, p_policy_version, u.reason, u.tier)
    order by u.n) into v_middles
  from unnest(p_rules, p_reasons, p_tiers) with ordinality u(rule, reason, tier, n);
  if p_keys is not null then v_fresh := holdpoint.keep_keys(v_venture, p_keys, v_ids, v_shas, p_type, p_urgent); end if;
  return query
  with a as materialized (
    select u.ord, u.id, u.payload, u.key, greatest(coalesce(u.run_at, v_now), v_now) as run_at, u.sha, u.plan, case when u.plan is not null then u.decision end as decision,
      v_fresh is null or u.key is null or u.id = any (v_fresh) as fresh
    from unnest(v_ids, p_payloads, p_keys, p_run_at, v_shas, p_decisions, p_plan_hashes) with ordinality u(id, payload, key, run_at, sha, decision, plan, ord)
  ), d as materialized (
    -- offset 0: each text and hash is made once, and only the last level is kept for the three that read it.
    select c.*, case when c.plan is not null then holdpoint.next_hash(c.head, c.admitted) end as head2
    from (
      select b.*, holdpoint.next_hash(holdpoint.first_hash(b.id), b.body) as head
      from (
        select a.id, a.payload, a.key, a.run_at, a.decision, a.plan, '{"v":1,"stream":"' || a.id::text || '","seq":1' || v_middle
          || ('{"type":"' || p_type || '","version":' || v_type.version || ',"venture":"' || p_venture || '","payload":"') || encode(a.sha, 'hex')
          || ('","urgent":' || p_urgent::text || ',"run_at":') || holdpoint.micros(a.run_at) || '}}' as body,
          case when a.plan is not null then '{"v":1,"stream":"' || a.id::text || '","seq":2' || v_middles[a.decision] || encode(a.plan, 'hex') || '"}}' end as admitted
        from a where a.fresh offset 0
      ) b offset 0
    ) c
  ), i as (
    insert into public.jobs (id, type, type_version, venture, queue, urgent, paid, payload, size, estimate_microusd, ceiling_microusd, idempotency_key,
      run_at, start_by, end_by, state, phase, admit_at, dispatch_no, tier, rule, reason, policy_version, plan_hash, seq, head,
      submitted_by_kind, submitted_by_id, created_at, updated_at)
    select d.id, v_type.name, v_type.version, v_venture, coalesce(v_queues[d.decision], v_queue), p_urgent,
      v_type.ceiling_microusd > 0, d.payload, v_type.size, v_type.estimate_microusd, v_type.ceiling_microusd, d.key,
      d.run_at, p_start_by, p_end_by, case when d.plan is null then 'submitted'::public.job_state else 'queued' end, case when d.plan is null then 's'::"char" else 'q' end, v_now,
      case when d.plan is null then 0 else 1 end, v_known_tiers[d.decision], p_rules[d.decision], p_reasons[d.decision], case when d.plan is not null then p_policy_version end, d.plan,
      case when d.plan is null then 1 else 2 end, coalesce(d.head2, d.head), p_actor_kind, p_actor_id, v_now, v_now
    from d
  ), e as (
    insert into public.job_events (stream, seq, venture, type, at, body, hash)
    select d.id, 1, v_venture, 'submitted', v_now, d.body, d.head from d
    union all
    select d.id, 2, v_venture, 'queued', v_now, d.admitted, d.head2 from d where d.plan is not null
  ), f as (
    insert into holdpoint.feed (epoch, streams, seqs, ventures)
    select i.epoch, o.ids, o.seqs, o.ventures
    from (
      select array_agg(w.id) as ids, array_agg(w.seq) as seqs, array_agg(p_venture) as ventures
      from (select d.id, 1 as seq from d union all select d.id, 2 from d where d.plan is not null) w
    ) o, holdpoint.installation i where o.ids is not null
  )
  select a.ord, a.id, not a.fresh from a order by a.ord;
  perform pg_notify('holdpoint_wake', o.said)
  from (select distinct case when u.plan is null then 'submit' else 'ready:' || p_queues[u.decision] end as said from unnest(p_payloads, p_decisions, p_plan_hashes) u(payload, decision, plan)) o;
end $$;
comment on function holdpoint.insert_jobs(text, text, text, text, jsonb[], text[], timestamptz[], boolean, timestamptz, timestamptz, uuid, int, int, text[], text[], text[], text[], int[], bytea[]) is
  'Inserts submitted jobs with their events; those with a plan hash, decided by the calling worker for the announced version, as queued at once, with both events. repeated: the key existed, nothing was inserted and id is void: resolve it with keyed_job().';

create function holdpoint.keyed_job(p_venture text, p_key text, p_type text, p_payload jsonb, p_urgent boolean) returns uuid
language plpgsql volatile set search_path = '' as $$
declare v record;
begin
  select job_id, request_sha256 into strict v from holdpoint.idempotency_keys where venture = p_venture and key = p_key;
  if v.request_sha256 <> sha256(sha256(convert_to(p_payload::text, 'UTF8')) || convert_to(holdpoint.rest_of_request(p_type, p_urgent), 'UTF8')) then
    perform holdpoint.fail(409, 'idempotency_conflict', 'The idempotency key "' || left(p_key, 80) || '" was used for another request (job ' || v.job_id || ').', 'key',
      'Use a new key for a new request.');
  end if;
  return v.job_id;
end $$;
comment on function holdpoint.keyed_job(text, text, text, jsonb, boolean) is 'The job that a repeated key named first. 409 idempotency_conflict when the request differs.';

create function holdpoint.submit_jobs(p_worker uuid, p_key text, p_venture text, p_type text, p_payloads jsonb[], p_keys text[] default null,
  p_run_at timestamptz[] default null, p_urgent boolean default false, p_policy_version int default null, p_type_version int default null, p_rules text[] default null,
  p_reasons text[] default null, p_tiers text[] default null, p_queues text[] default null, p_decisions int[] default null, p_plan_hashes bytea[] default null)
returns setof uuid language plpgsql volatile security definer set search_path = '' as $$
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  return query
  select case when i.repeated then holdpoint.keyed_job(p_venture, p_keys[i.ord], p_type, p_payloads[i.ord], p_urgent) else i.id end
  from holdpoint.insert_jobs('run', p_worker::text, p_venture, p_type, p_payloads, p_keys, p_run_at, p_urgent, null, null,
    p_worker, p_policy_version, p_type_version, p_rules, p_reasons, p_tiers, p_queues, p_decisions, p_plan_hashes) i order by i.ord;
end $$;
comment on function holdpoint.submit_jobs(uuid, text, text, text, jsonb[], text[], timestamptz[], boolean, int, int, text[], text[], text[], text[], int[], bytea[]) is
  'Trusted submitters (runs, schedules): a batch in one transaction. An item with a plan hash was decided by the caller (queued, by the rule, reason, tier and queue at its place p_decisions in those arrays) and is admitted in the same call; the others wait for admission, as does all when the announced version is another. A repeated key answers with its first job; 409 idempotency_conflict fails the whole batch.';

-- Admission --------------------------------------------------------------------------------------------------------

create function holdpoint.venture_facts(p_venture public.ventures) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('trusted', p_venture.trusted, 'url', p_venture.url, 'repository', p_venture.repository, 'build_command', p_venture.build_command,
    'allow_private_addresses', p_venture.allow_private_addresses, 'demo', p_venture.demo, 'cap_set', exists (select 1 from public.caps c where c.scope = 'everything' or (c.scope = 'venture' and c.key = p_venture.key)))
$$;
comment on function holdpoint.venture_facts(public.ventures) is 'What admission may decide on of a venture.';

create function holdpoint.fleet_isolation() returns text
language sql stable set search_path = '' as $$
  select coalesce((select w.isolation from public.workers w
    where w.ended_at is null and w.heartbeat_at > clock_timestamp() - make_interval(secs => (select lease_ms from public.settings) / 5000.0) and 'build' = any (w.lanes)
    order by w.isolation = 'none' desc, w.isolation limit 1), 'unknown')
$$;
comment on function holdpoint.fleet_isolation() is 'How live build workers isolate commands; the weakest counts.';

create function holdpoint.pick_submitted(p_worker uuid, p_key text, p_limit int)
returns table (id uuid, type text, type_version int, venture text, payload jsonb, urgent boolean, queue_hint text, estimate_microusd bigint, ceiling_microusd bigint,
  run_at timestamptz, admit_tries int, submitted_by_kind text, submitted_by_id text, started boolean, previous_plan_hash bytea, venture_facts jsonb, worker_isolation text, replay jsonb, seq int)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare v_now timestamptz; v_ventures text[]; v_share int; v_ids uuid[];
begin
  perform holdpoint.check_worker(p_worker, p_key);
  v_now := clock_timestamp();
  -- Every venture with something due, by a skip over the index; then the same share of each, and a second pass that gives
  -- away what others left. Those that have waited longest first, in turn: a flood waits behind itself only.
  with recursive v(key) as (
    (select j.venture::text from public.jobs j where j.phase = 's' order by j.venture limit 1)
    union all
    select (select j.venture::text from public.jobs j where j.phase = 's' and j.venture > v.key order by j.venture limit 1) from v where v.key is not null
  )
  select array_agg(v.key) into v_ventures from v where v.key is not null;
  if v_ventures is null then return; end if;
  v_share := ceil(p_limit::numeric / cardinality(v_ventures));
  loop
    select array_agg(o.id order by o.turn, o.admit_at, o.id) into v_ids
    from (
      select j.id, j.admit_at, j.turn
      from unnest(v_ventures) v(key) cross join lateral (
        select j.id, j.admit_at, row_number() over (order by j.admit_at, j.id) as turn from public.jobs j
        where j.phase = 's' and j.venture = v.key and j.admit_at <= v_now order by j.admit_at, j.id limit v_share
      ) j
      order by j.turn, j.admit_at, j.id limit p_limit
    ) o;
    exit when v_share >= p_limit or coalesce(cardinality(v_ids), 0) >= p_limit;
    v_share := p_limit;
  end loop;
  return query
  with p as materialized (
    select j.*, i.n from unnest(v_ids) with ordinality i(id, n) cross join lateral (select * from public.jobs j where j.id = i.id offset 0) j
  ), v as materialized (
    select v.key::text as key, holdpoint.venture_facts(v) as facts from public.ventures v where v.key in (select distinct p.venture from p)
  ), s as materialized (select holdpoint.fleet_isolation() as isolation)
  select p.id, p.type::text, p.type_version, p.venture::text, p.payload, p.urgent, p.queue::text, p.estimate_microusd, p.ceiling_microusd, p.run_at, p.admit_tries,
    p.submitted_by_kind, p.submitted_by_id, p.run_no > 0, p.plan_hash, v.facts, s.isolation, p.refs -> '$replay', p.seq
  from p join v on v.key = p.venture cross join s order by p.n;
end $$;
comment on function holdpoint.pick_submitted(uuid, text, int) is 'Jobs that wait for admission, the same share of each venture, with the facts it decides on. Reads only; admit_jobs repeats the precondition.';

create function holdpoint.admit_jobs(p_worker uuid, p_key text, p_policy_version int, p_ids uuid[], p_decisions text[], p_rules text[], p_reasons text[],
  p_tiers text[], p_needs_approval boolean[], p_queues text[], p_type_versions int[], p_ceilings bigint[], p_plan_hashes bytea[], p_plan_bodies text[],
  p_facts jsonb[], p_refs jsonb[], p_approvals jsonb[] default null, p_concurrency_keys text[] default null, p_seqs int[] default null)
returns int language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_indexscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set enable_partition_pruning = off as $$
declare
  v_count int; v_ready int; v_now timestamptz; v_middle text; v_expires_ms bigint; v_floor int;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  v_now := clock_timestamp();
  if 'held' = any (p_decisions) then p_decisions := holdpoint.put_off_flood(p_worker, p_ids, p_decisions, v_now); end if;
  v_middle := holdpoint.event_middle(v_now, 'worker', p_worker::text);
  select s.approval_expires_ms, s.readmit_floor into v_expires_ms, v_floor from public.settings s;
  -- Decided by a policy that is not in force any more: they stay submitted, and are decided by the one that is.
  if p_policy_version < v_floor then return 0; end if;
  -- Index scans are off so that only a bitmap scan with the id is left: planned on an empty table, all jobs would be
  -- read for each batch and joined row by row.
  with i as materialized (
    select u.*, ',"type":"' || u.decision || v_middle || 'null,"data":' || holdpoint.admission_data(u.rule, p_policy_version, u.reason, u.tier) || coalesce(encode(u.hash, 'hex'), '') || '"}}' as rest
    from unnest(p_ids, p_decisions, p_rules, p_reasons, p_tiers, p_needs_approval, p_queues, p_type_versions, p_ceilings, p_plan_hashes, p_plan_bodies, p_facts, p_refs, p_approvals, p_seqs)
      u(id, decision, rule, reason, tier, needs_approval, queue, version, ceiling, hash, plan, facts, refs, approval, seq)
    order by u.id
  ), u as (
    update public.jobs j set
      state = i.decision::public.job_state, phase = holdpoint.phase_of(i.decision::public.job_state),
      dispatch_no = j.dispatch_no + case i.decision when 'queued' then 1 else 0 end,
      rule = i.rule, reason = i.reason, tier = i.tier::public.retry_tier, needs_approval = i.needs_approval, approval = i.approval, policy_version = p_policy_version,
      queue = i.queue::public.job_queue, type_version = i.version, ceiling_microusd = i.ceiling, estimate_microusd = least(j.estimate_microusd, i.ceiling), paid = i.ceiling > 0,
      plan_hash = i.hash, plan_no = j.plan_no + case when i.plan is null then 0 else 1 end, refs = i.refs, decision_id = null, decided_from = null,
      held_for = case i.decision when 'held' then 'approval'::public.held_reason end,
      held_until = case i.decision when 'held' then least(v_now + make_interval(secs => coalesce((i.approval ->> 'expires_ms')::bigint, v_expires_ms) / 1000.0), j.start_by, j.end_by) end,
      ended_at = case i.decision when 'refused' then v_now end,
      updated_at = v_now, seq = j.seq + 1,
      head = holdpoint.next_hash(j.head, '{"v":1,"stream":"' || j.id::text || '","seq":' || (j.seq + 1)::text || i.rest)
    from i
    -- Decided on facts that are not its any more (a debounce replaced the payload): it stays, and is decided anew.
    where j.id = i.id and j.state = 'submitted' and (i.seq is null or i.seq = j.seq) and i.decision in ('queued', 'held', 'refused')
    returning j.id, j.seq, j.head, j.venture, j.plan_no, j.held_until, i.decision, i.rule, i.reason, i.tier, i.hash, i.plan, i.facts, i.rest
  ), e as (
    insert into public.job_events (stream, seq, venture, type, at, body, hash)
    select u.id, u.seq, u.venture, u.decision, v_now, '{"v":1,"stream":"' || u.id::text || '","seq":' || u.seq::text || u.rest, u.head
    from u
  ), p as (
    insert into public.plans (job_id, plan_no, venture, hash, body, facts)
    select u.id, u.plan_no, u.venture, u.hash, u.plan, coalesce(u.facts, '{}') from u where u.plan is not null
  ), t as (
    insert into public.tasks (id, queue, venture, job_id, subject, due_at, created_at)
    select holdpoint.new_id(), 'approval', u.venture, u.id, jsonb_build_object('job', u.id, 'plan_no', u.plan_no, 'until', u.held_until), v_now, v_now from u where u.decision = 'held'
  ), f as (
    select holdpoint.append_feed(array_agg(u.id), array_agg(u.seq), array_agg(u.venture::text)) from u having count(*) > 0
  )
  select count(*), count(*) filter (where u.decision <> 'refused') into v_count, v_ready from u, (select count(*) from f) done;
  if 'held' = any (p_decisions) then perform holdpoint.use_standing(p_ids, v_now); end if;
  if p_concurrency_keys is not null then perform holdpoint.enter_admitted(p_worker, p_ids, p_concurrency_keys); end if;
  if v_ready > 0 then perform pg_notify('holdpoint_wake', 'ready'); end if;
  return v_count;
end $$;
comment on function holdpoint.admit_jobs(uuid, text, int, uuid[], text[], text[], text[], text[], boolean[], text[], int[], bigint[], bytea[], text[], jsonb[], jsonb[], jsonb[], text[], int[]) is
  'Stores what admission decided, once per submitted job: queued, held or refused, with rule, policy version, tier, plan, what an approval takes and its concurrency key. Jobs no longer submitted, or with another event since p_seqs was read, are left alone. Returns how many it changed.';

create function holdpoint.defer_admission(p_worker uuid, p_key text, p_ids uuid[], p_delay_ms int[], p_reasons text[]) returns int
language plpgsql volatile security definer set search_path = '' set enable_partition_pruning = off as $$
declare v_count int;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  update public.jobs j set admit_at = clock_timestamp() + make_interval(secs => u.ms / 1000.0), admit_tries = j.admit_tries + 1, reason = u.reason
  from unnest(p_ids, p_delay_ms, p_reasons) u(id, ms, reason)
  where j.id = u.id and j.state = 'submitted';
  get diagnostics v_count = row_count;
  return v_count;
end $$;
comment on function holdpoint.defer_admission(uuid, text, uuid[], int[], text[]) is 'Admission could not decide yet (a reference did not resolve): ask again after the delay. No event; admit_tries counts.';

create function holdpoint.readmit_jobs(p_ids uuid[], p_reason text, p_actor_kind text, p_actor_id text, p_at timestamptz) returns int
language plpgsql volatile set search_path = '' as $$
declare v_id uuid; v_streams uuid[] := '{}'; v_seqs int[] := '{}'; v_ventures text[] := '{}'; v_venture text;
begin
  foreach v_id in array p_ids loop
    -- A slot of a concurrency key that it leaves behind is found by the janitor, or by itself when it is admitted again.
    update public.jobs j set state = 'submitted', phase = 's', admit_at = p_at, held_for = null, held_until = null, decision_id = null, decided_from = null,
      slots = null, waits_for = null, run_at = case j.run_at when holdpoint.never() then p_at else j.run_at end
    where j.id = v_id and j.state in ('queued', 'held') returning j.venture into v_venture;
    continue when not found;
    v_streams := v_streams || v_id; v_ventures := v_ventures || v_venture;
    v_seqs := v_seqs || holdpoint.append_job_event(v_id, 'readmitted', p_actor_kind, p_actor_id, null, jsonb_build_object('reason', p_reason), p_at);
  end loop;
  perform holdpoint.append_feed(v_streams, v_seqs, v_ventures);
  if cardinality(v_streams) > 0 then perform pg_notify('holdpoint_wake', 'submit'); end if;
  return cardinality(v_streams);
end $$;
comment on function holdpoint.readmit_jobs(uuid[], text, text, text, timestamptz) is 'queued or held back to submitted: policy or type version moved. The caller holds the rows'' locks, in id order.';

-- Previews ---------------------------------------------------------------------------------------------------------

create function holdpoint.open_previews(p_worker uuid, p_key text, p_limit int)
returns table (id uuid, venture text, request jsonb, venture_facts jsonb, worker_isolation text, announced_version int)
language plpgsql stable security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  return query
  select p.id, p.venture::text, p.request, holdpoint.venture_facts(v), holdpoint.fleet_isolation(), a.version
  from holdpoint.previews p join public.ventures v on v.key = p.venture left join holdpoint.announced_types a on a.type = p.request ->> 'type'
  where p.answered_at is null order by p.asked_at limit p_limit;
end $$;
comment on function holdpoint.open_previews(uuid, text, int) is 'Previews that nobody has answered, oldest first, with the facts that admission decides on.';

create function holdpoint.answer_preview(p_worker uuid, p_key text, p_id uuid, p_answer jsonb) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  update holdpoint.previews set answer = p_answer, answered_at = clock_timestamp() where id = p_id and answered_at is null;
end $$;
comment on function holdpoint.answer_preview(uuid, text, uuid, jsonb) is 'Stores what admission would decide; the first answer stays.';
