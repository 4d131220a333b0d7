-- Holdpoint, part 3.1: jobs are submitted, one by one or in batches of a trusted process.

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
