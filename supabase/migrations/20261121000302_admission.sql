-- Holdpoint, part 3.2: admission decides what was submitted, and answers previews.

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
    -- Decided on facts that are not its any more (a debounce replaced the payload, or this call waited while another
    -- decision was stored and taken back): it stays, and is decided anew.
    where j.id = i.id and j.state = 'submitted' and (i.seq is null or i.seq = j.seq) and j.updated_at <= v_now and i.decision in ('queued', 'held', 'refused')
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
