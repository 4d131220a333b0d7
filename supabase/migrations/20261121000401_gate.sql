-- Holdpoint, part 4.1: the gate. A worker claims what it was offered, or is told why not.

create function holdpoint.covers(p_block public.blocks, p_worker_id uuid, p_worker_name text, p_venture text, p_type text, p_queue public.job_queue, p_paid boolean)
returns boolean language sql stable as $$
  select case (p_block).scope
    when 'everything' then true
    when 'venture' then (p_block).key = p_venture
    when 'type' then (p_block).key = p_type
    when 'queue' then (p_block).key = p_queue::text
    when 'lane' then (p_block).key = holdpoint.lane_of_queue(p_queue)
    when 'worker' then (p_block).key in (p_worker_id::text, p_worker_name)
    when 'paid' then p_paid and (p_block).key in ('', p_venture)
    -- In any version: a job that has started may still be of an older one.
    when 'effects' then exists (select 1 from public.job_types t where t.name = p_type and t.effect_kinds <> '{}')
    when 'provider' then exists (select 1 from public.job_types t where t.name = p_type and (p_block).key = any (t.providers))
    else false end
$$;
comment on function holdpoint.covers(public.blocks, uuid, text, text, text, public.job_queue, boolean) is
  'Is this line, run by this worker, in the block''s scope? Outside effects: every line whose type declares an effect kind. A null worker is in no worker''s scope.';

create function holdpoint.blocking(p_worker_id uuid, p_worker_name text, p_venture text, p_type text, p_queue public.job_queue, p_paid boolean)
returns boolean language sql stable as $$
  select exists (select 1 from public.blocks b where b.kind not in ('concurrency', 'first_starts')
    and holdpoint.covers(b, p_worker_id, p_worker_name, p_venture, p_type, p_queue, p_paid))
$$;
comment on function holdpoint.blocking(uuid, text, text, text, public.job_queue, boolean) is
  'Does a stop, pause, drain, cap or missing worker keep this line from starting? Concurrency and first starts are judged under their own lock.';

create type holdpoint.claimed as (ord int, job_id uuid, token bigint, run_no int, lease_ms int, type text, type_version int, venture public.venture_key,
  payload jsonb, refs jsonb, timeout_ms int, deaths int);
comment on type holdpoint.claimed is 'What claim_at_once() carries from its first statement to its last.';

-- enable_partition_pruning is off in functions that lock rows of partitioned tables while they join them: PostgreSQL 18.4
-- died twice of a segmentation fault in tests/machine/parallel; the faulting instruction fits run-time pruning
-- (perhaps under EvalPlanQual). Not reproduced in isolation; with this setting it has not come back.
-- A look-up by id costs one more empty index per month that is kept.
create function holdpoint.claim_judged(p_worker uuid, p_key text, p_request uuid, p_lane text, p_ids uuid[], p_dispatch_nos int[])
returns table (ord int, job_id uuid, verdict text, token bigint, run_no int, lease_ms int, lease_until timestamptz, type text, type_version int, venture text,
  payload jsonb, refs jsonb, timeout_ms int, deaths int)
language plpgsql volatile set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set enable_partition_pruning = off as $$
declare
  v_worker public.workers;
  v_settings public.settings;
  v_any_block boolean;
  v_ords int[]; v_ids uuid[]; v_verdicts text[]; v_ventures text[]; v_first boolean[]; v_timeouts int[]; v_leases int[]; v_refused int[]; v_repeats int[];
  v_lim_keys text[]; v_conc_free int[]; v_starts_free int[]; v_starts_wake timestamptz[];
  v_runs int[]; v_paid boolean[]; v_ceilings bigint[]; v_decided boolean[]; v_reserved bigint[]; v_reasons text[];
  v_now timestamptz; v_stale boolean; v_limited boolean[]; v_before text[];
begin
  v_worker := holdpoint.check_worker(p_worker, p_key);
  select * into strict v_settings from public.settings;
  select exists (select 1 from public.blocks b where b.kind not in ('concurrency', 'first_starts')) into v_any_block;

  -- 1. Lock the rows in id order, and judge each by what stands on the locked row.
  select array_agg(c.ord), array_agg(c.id), array_agg(c.verdict), array_agg(c.venture), array_agg(c.first), array_agg(c.timeout_ms), array_agg(c.lease_ms), bool_or(c.verdict = 'stale'),
    array_agg(c.run_no + 1), array_agg(c.paid), array_agg(c.ceiling), array_agg(c.decided), array_agg(c.limited)
  into v_ords, v_ids, v_verdicts, v_ventures, v_first, v_timeouts, v_leases, v_stale, v_runs, v_paid, v_ceilings, v_decided, v_limited
  from (
    select l.ord, l.id, l.venture, l.run_no = 0 as first, k.timeout_ms, k.lease_ms, l.run_no, l.paid, l.ceiling_microusd as ceiling, d.decided, k.limited,
      case
        when l.state <> 'queued' or l.dispatch_no is distinct from l.d or row_number() over (partition by l.id order by l.ord) > 1 then 'stale'
        when l.run_at > clock_timestamp() or l.end_by <= clock_timestamp() or (l.start_by <= clock_timestamp() and l.run_no = 0) then 'early'
        when v_worker.draining or v_worker.standby then 'blocked'
        when k.knows is null or k.knows < k.announced then 'older'
        when v_any_block and holdpoint.blocking(p_worker, v_worker.name, l.venture, l.type, l.queue, l.paid) then 'blocked'
        when l.run_no = 0 and (l.policy_version < v_settings.readmit_floor or l.type_version <> k.announced) then 'readmit'
        when l.needs_approval and not d.decided then 'held'
        else 'ok'
      end as verdict
    from (
      select i.ord::int as ord, i.d, j.id, j.state, j.dispatch_no, j.run_at, j.venture::text as venture, j.type::text as type, j.queue, j.paid, j.run_no, j.policy_version,
        j.type_version, j.needs_approval, j.decision_id, j.plan_hash, j.ceiling_microusd, j.start_by, j.end_by
      from unnest(p_ids, p_dispatch_nos) with ordinality i(id, d, ord)
      join public.jobs j on j.id = i.id
      order by j.id, i.ord
      for no key update of j
    ) l
    left join (
      select w.type::text as type, w.version as knows, a.version as announced, a.limited, t.timeout_ms, coalesce(t.lease_ms, v_settings.lease_ms) as lease_ms
      from holdpoint.worker_types w
      join holdpoint.announced_types a on a.type = w.type
      join public.job_types t on t.name = w.type and t.version = w.version
      where w.worker_id = p_worker
    ) k on k.type = l.type
    cross join lateral (select case when l.needs_approval or (l.paid and l.decision_id is not null) then (select u.code from holdpoint.undecided(l.id) u) is null else false end as decided) d
  ) c;

  -- 2. Limits of the ventures concerned, under their rows' locks.
  if 'ok' = any (v_verdicts) then
    perform 1 from public.limits l
    where l.scope = 'venture' and l.key in (select distinct v from unnest(v_ventures, v_verdicts) u(v, verdict) where u.verdict = 'ok')
    order by l.key, l.kind for update;
    v_now := clock_timestamp();
    select array_agg(l.key), array_agg(l.conc_free), array_agg(l.starts_free), array_agg(l.wake)
    into v_lim_keys, v_conc_free, v_starts_free, v_starts_wake
    from (
      select l.key, min(case l.kind when 'concurrency' then l.max - l.in_use end) as conc_free,
        min(case l.kind when 'first_starts' then l.max - coalesce(s.n, 0) end)::int as starts_free, min(s.oldest) + interval '61 minutes' as wake
      from public.limits l
      left join lateral (select sum(x.n) as n, min(x.minute) as oldest from holdpoint.limit_usage x
        where x.scope = l.scope and x.key = l.key and x.kind = l.kind and x.minute > v_now - interval '61 minutes') s on l.kind = 'first_starts'
      where l.scope = 'venture' and l.key in (select distinct v from unnest(v_ventures, v_verdicts) u(v, verdict) where u.verdict = 'ok')
      group by l.key
    ) l;
    if v_lim_keys is not null then
      select array_agg(c.verdict order by c.n) into v_verdicts
      from (
        select u.n, case when u.verdict = 'ok' and (
            row_number() over w > coalesce(v_conc_free[array_position(v_lim_keys, u.v)], 2147483647)
            or (u.first and count(*) filter (where u.first) over w > coalesce(v_starts_free[array_position(v_lim_keys, u.v)], 2147483647)))
          then 'limit' else u.verdict end as verdict
        from unnest(v_verdicts, v_ventures, v_first) with ordinality u(verdict, v, first, n)
        window w as (partition by u.v, u.verdict order by u.n)
      ) c;
    end if;
  end if;
  -- What their types' runs count on besides.
  if exists (select 1 from unnest(v_limited, v_verdicts) u(limited, verdict) where u.limited and u.verdict = 'ok') then
    v_verdicts := holdpoint.take_slots(p_worker, v_ids, v_verdicts);
  end if;
  -- Caps of paid runs, under their rows' locks: what passes is reserved.
  if true = any (v_paid) and 'ok' = any (v_verdicts) then
    v_before := v_verdicts;
    select r.verdicts, r.reasons, r.reserved into v_verdicts, v_reasons, v_reserved
    from holdpoint.reserve_money(v_ids, v_verdicts, v_paid, v_ventures, v_runs, v_ceilings, v_decided) r;
    -- Only of those that the caps refused: a repeated hint is of a job that may run, and counts.
    if true = any (v_limited) and v_verdicts <> v_before then
      perform holdpoint.free_type_slots(array(select u.id from unnest(v_ids, v_before, v_verdicts) u(id, was, verdict) where u.was = 'ok' and u.verdict <> 'ok'));
    end if;
  end if;
  v_now := clock_timestamp();

  -- 3. Start what passed. No joins but by primary key: with arrays the planner guesses ten rows and would loop over loops.
  return query
  with x as materialized (select v_now as t, holdpoint.micros(v_now) as us),
  i as materialized (
    select u.ord, u.id, u.timeout_ms, u.lease_ms, x.t, x.us, nextval('holdpoint.token_seq') as tok, coalesce(',"reserved_microusd":' || u.reserved || '}', '}') as tail
    from unnest(v_ords, v_ids, v_verdicts, v_timeouts, v_leases, v_reserved) u(ord, id, verdict, timeout_ms, lease_ms, reserved), x where u.verdict = 'ok' order by u.id
  ), u as (
    update public.jobs j set state = 'running', phase = null, run_no = j.run_no + 1, token = i.tok, reason = null, decided_from = null, waits_for = null, updated_at = i.t, seq = j.seq + 1,
      head = holdpoint.next_hash(j.head, holdpoint.event_body(j.id, j.seq + 1, 'running', i.us, 'worker', p_worker::text, (j.run_no + 1)::text,
        '{"token":' || i.tok || ',"dispatch":' || j.dispatch_no || ',"version":' || j.type_version || i.tail))
    from i where j.id = i.id
    returning j.id, j.seq, j.head, j.run_no, j.token, j.dispatch_no, j.venture, j.type, j.type_version, j.payload, j.refs, j.deaths, i.t, i.us, i.ord, i.timeout_ms, i.lease_ms, i.tail
  ), e as (
    insert into public.job_events (stream, seq, venture, type, at, body, hash)
    select u.id, u.seq, u.venture, 'running', u.t, holdpoint.event_body(u.id, u.seq, 'running', u.us, 'worker', p_worker::text, u.run_no::text,
      '{"token":' || u.token || ',"dispatch":' || u.dispatch_no || ',"version":' || u.type_version || u.tail), u.head
    from u
  ), r as (
    insert into public.runs (job_id, run_no, venture, token, worker_id, request_id, started_at, lease_ms, lease_until, listed_at)
    select u.id, u.run_no, u.venture, u.token, p_worker, p_request, u.t, u.lease_ms, u.t + make_interval(secs => u.lease_ms / 1000.0), u.t from u
  ), f as (
    select holdpoint.append_feed(array_agg(u.id), array_agg(u.seq), array_agg(u.venture::text)) from u having count(*) > 0
  )
  select u.ord, u.id, 'claimed', u.token, u.run_no, u.lease_ms, u.t + make_interval(secs => u.lease_ms / 1000.0), u.type::text, u.type_version, u.venture::text,
    u.payload, u.refs, u.timeout_ms, u.deaths
  from u left join f on true;

  -- 4. Books and the rare answers.
  if 'ok' = any (v_verdicts) then
    perform holdpoint.count_starts(v_ventures, v_verdicts, v_first, v_now);
  end if;
  v_refused := array(select n.ord::int from unnest(p_ids) with ordinality n(id, ord) where n.ord::int <> all (coalesce(v_ords, '{}')))
    || array(select o.ord from unnest(v_ords, v_verdicts) o(ord, verdict) where o.verdict <> 'ok');
  if cardinality(v_refused) > 0 then
    v_repeats := '{}';
    if v_stale then
      for ord, job_id, verdict, token, run_no, lease_ms, lease_until, type, type_version, venture, payload, refs, timeout_ms, deaths in
        select o.ord, o.id, 'repeat', r.token, r.run_no, r.lease_ms, r.lease_until, j.type::text, j.type_version, j.venture::text, j.payload, j.refs, t.timeout_ms, j.deaths
        from unnest(v_ords, v_ids, v_verdicts) o(ord, id, verdict)
        join public.jobs j on j.id = o.id and j.state = 'running'
        join public.runs r on r.job_id = j.id and r.run_no = j.run_no and r.worker_id = p_worker and r.request_id = p_request and r.ended_at is null and r.started_at < v_now
        join holdpoint.worker_types k on k.worker_id = p_worker and k.type = j.type
        join public.job_types t on t.name = k.type and t.version = k.version
        where o.verdict = 'stale'
      loop
        -- The answer counts as heard anew: its unlisted age starts now.
        update public.runs r set listed_at = v_now where r.job_id = claim_judged.job_id and r.run_no = claim_judged.run_no;
        v_repeats := v_repeats || ord;
        return next;
      end loop;
    end if;
    return query
    select o.ord, p_ids[o.ord], coalesce(v_verdicts[array_position(v_ords, o.ord)], 'stale'), null::bigint, null::int, null::int, null::timestamptz, null::text, null::int, null::text,
      null::jsonb, null::jsonb, null::int, null::int
    from unnest(v_refused) o(ord) where o.ord <> all (v_repeats);
  end if;
  if v_verdicts && array['limit', 'blocked', 'cap', 'held', 'readmit'] then
    perform holdpoint.refuse_claims(p_worker, v_ids, v_verdicts, v_ventures, v_first, v_lim_keys, v_starts_free, v_starts_wake, v_reasons, v_now);
  end if;
end $$;
comment on function holdpoint.claim_judged(uuid, text, uuid, text, uuid[], int[]) is
  'The gate with a verdict per hint: locks the rows, judges each, then starts those that pass. The caller holds the control lock.';

create function holdpoint.claim_at_once(p_worker uuid, p_request uuid, p_ids uuid[], p_dispatch_nos int[], p_floor int, p_paid boolean,
  p_types text[], p_versions int[], p_timeouts int[], p_leases int[])
returns table (ord int, job_id uuid, verdict text, token bigint, run_no int, lease_ms int, lease_until timestamptz, type text, type_version int, venture text,
  payload jsonb, refs jsonb, timeout_ms int, deaths int)
language plpgsql volatile set search_path = '' as $$
declare
  v_at timestamptz := clock_timestamp(); v_now timestamptz; v_over boolean; v_full boolean; v_counted text[];
  v_middle text := ',"type":"running' || holdpoint.event_middle(v_at, 'worker', p_worker::text);
  v_rows holdpoint.claimed[]; v_ventures text[]; v_first boolean[];
  v_paid_ids uuid[]; v_paid_ventures public.venture_key[]; v_ceilings bigint[]; v_periods holdpoint.periods;
begin
  -- 1. Start what may start as far as its own row says. The condition is read again on the row as it is once it is
  -- locked, so the events' times never go back. ||'' hides state from the partial indexes (see jobs.phase).
  with i as materialized (
    select n.ord::int as ord, n.id, n.no, nextval('holdpoint.token_seq') as tok from unnest(p_ids, p_dispatch_nos) with ordinality n(id, no, ord) order by n.id
  ), u as (
    update public.jobs j set state = 'running', phase = null, run_no = j.run_no + 1, token = i.tok, reason = null, decided_from = null, waits_for = null, seq = j.seq + 1,
      updated_at = greatest(v_at, j.updated_at),
      head = holdpoint.next_hash(j.head, '{"v":1,"stream":"' || j.id::text || '","seq":' || (j.seq + 1)::text
        || case when j.updated_at > v_at then ',"type":"running' || holdpoint.event_middle(j.updated_at, 'worker', p_worker::text) else v_middle end || (j.run_no + 1)::text
        || ',"data":{"token":' || i.tok::text || ',"dispatch":' || i.no::text || ',"version":' || j.type_version::text
        || case when j.paid then ',"reserved_microusd":' || j.ceiling_microusd::text || '}}' else '}}' end)
    from i
    where j.id = i.id and j.state::text || '' = 'queued' and j.dispatch_no = i.no and j.run_at <= v_at and not j.needs_approval
      and (j.end_by is null or j.end_by > v_at) and (j.start_by is null or j.start_by > v_at or j.run_no > 0)
      -- A first run of paid work reserves its ceiling, which stands here already; what a later run may still spend is judged.
      and (not j.paid or (p_paid and j.run_no = 0 and j.decision_id is null))
      and j.type::text = any (p_types) and (j.run_no > 0 or (j.policy_version >= p_floor and j.type_version = p_versions[array_position(p_types, j.type::text)]))
    returning i.ord, i.no, j.id, j.seq, j.head, j.run_no, j.token, j.venture, j.type, j.type_version, j.payload, j.refs, j.deaths, j.updated_at as at,
      array_position(p_types, j.type::text) as k, case when j.paid then j.ceiling_microusd end as ceiling
  ), e as (
    insert into public.job_events (stream, seq, venture, type, at, body, hash)
    select u.id, u.seq, u.venture, 'running', u.at, '{"v":1,"stream":"' || u.id::text || '","seq":' || u.seq::text
        || case when u.at > v_at then ',"type":"running' || holdpoint.event_middle(u.at, 'worker', p_worker::text) else v_middle end || u.run_no::text
        || ',"data":{"token":' || u.token::text || ',"dispatch":' || u.no::text || ',"version":' || u.type_version::text
        || case when u.ceiling is not null then ',"reserved_microusd":' || u.ceiling::text || '}}' else '}}' end, u.head
    from u
  ), f as (
    insert into holdpoint.feed (epoch, streams, seqs, ventures)
    select o.epoch, a.ids, a.seqs, a.ventures
    from (select array_agg(u.id) as ids, array_agg(u.seq) as seqs, array_agg(u.venture::text) as ventures from u) a, holdpoint.installation o where a.ids is not null
  )
  select array_agg(row(u.ord, u.id, u.token, u.run_no, p_leases[u.k], u.type::text, u.type_version, u.venture, u.payload, u.refs, p_timeouts[u.k], u.deaths)::holdpoint.claimed),
    array_agg(u.venture::text), array_agg(u.run_no = 1),
    array_agg(u.id) filter (where u.ceiling is not null), array_agg(u.venture) filter (where u.ceiling is not null), array_agg(u.ceiling) filter (where u.ceiling is not null)
  into v_rows, v_ventures, v_first, v_paid_ids, v_paid_ventures, v_ceilings from u;
  if cardinality(v_rows) is distinct from cardinality(p_ids) then raise sqlstate 'HP001'; end if;

  if v_paid_ids is not null then
    v_periods := holdpoint.periods_at(v_at);
    perform holdpoint.reserve_at_once(v_paid_ids, v_paid_ventures, v_ceilings, v_periods, v_at);
  end if;

  -- 2. Count on the limits, under their rows' locks, then under the caps': rows that other batches wait for come last. With
  -- any() only their rows are read, by an index scan (bitmap scans are off), so in the order of their keys, whichever side
  -- the planner loops over.
  with n as materialized (select v, count(*)::int as n from unnest(v_ventures) v group by v order by v),
  l as (
    update public.limits l set in_use = l.in_use + case l.kind when 'concurrency' then n.n else 0 end from n where l.scope = 'venture' and l.key = any (v_ventures) and l.key = n.v
    returning l.key, l.kind, l.in_use, l.max
  )
  select coalesce(bool_or(l.in_use > l.max), false), coalesce(bool_or(l.kind = 'concurrency' and l.in_use = l.max), false), array_agg(l.key) filter (where l.kind = 'first_starts')
  into v_over, v_full, v_counted from l;
  v_now := clock_timestamp();
  if not v_over and v_counted is not null and true = any (v_first) then
    with n as materialized (
      select v.v, count(*)::int as n from unnest(v_ventures, v_first) v(v, first) where v.first and v.v = any (v_counted) group by v.v order by v.v
    ), x as (
      insert into holdpoint.limit_usage as x (scope, key, kind, minute, n) select 'venture', n.v, 'first_starts', date_trunc('minute', v_now), n.n from n
      on conflict (scope, key, kind, minute) do update set n = x.n + excluded.n
    )
    select coalesce(bool_or(l.max < n.n + coalesce((select sum(o.n) from holdpoint.limit_usage o
        where o.scope = 'venture' and o.key = n.v and o.kind = 'first_starts' and o.minute > v_now - interval '61 minutes'), 0)), false)
    into v_over from n join public.limits l on l.scope = 'venture' and l.key = any (v_counted) and l.key = n.v and l.kind = 'first_starts';
  end if;
  if v_over then raise sqlstate 'HP001'; end if;
  if v_paid_ids is not null and not holdpoint.book_reserved(v_paid_ids, v_paid_ventures, v_ceilings, v_periods) then raise sqlstate 'HP001'; end if;
  if v_full then
    insert into public.blocks (id, scope, key, kind, venture, reason, since, by_kind, by_id)
    select holdpoint.new_id(), 'venture', l.key, 'concurrency', l.venture, 'All ' || l.max || ' concurrent runs of this venture are in use.', v_now, 'limit', l.key
    from public.limits l where l.scope = 'venture' and l.kind = 'concurrency' and l.key = any (v_ventures) and l.in_use >= l.max order by l.key
    on conflict (scope, key, kind) where kind <> 'stop' do nothing;
  end if;
  -- 3. The runs begin when all locks are had: a lease has its full length, and no run overlaps one that made room for it.
  v_now := clock_timestamp();
  insert into public.runs (job_id, run_no, venture, token, worker_id, request_id, started_at, lease_ms, lease_until, listed_at)
  select n.job_id, n.run_no, n.venture, n.token, p_worker, p_request, v_now, n.lease_ms, v_now + make_interval(secs => n.lease_ms / 1000.0), v_now from unnest(v_rows) n;
  return query
  select n.ord, n.job_id, 'claimed', n.token, n.run_no, n.lease_ms, v_now + make_interval(secs => n.lease_ms / 1000.0), n.type, n.type_version, n.venture::text, n.payload, n.refs,
    n.timeout_ms, n.deaths
  from unnest(v_rows) n;
end $$;
comment on function holdpoint.claim_at_once(uuid, uuid, uuid[], int[], int, boolean, text[], int[], int[], int[]) is
  'The gate when every hint of the batch passes, which is nearly always: no look before the update, no verdicts. Raises HP001 when one does not pass; the caller rolls back and judges each. Same lock order: jobs, limits, caps, blocks; runs and reservations are new and nobody can wait for them.';

create function holdpoint.claim_jobs(p_worker uuid, p_key text, p_request uuid, p_lane text, p_ids uuid[], p_dispatch_nos int[])
returns table (ord int, job_id uuid, verdict text, token bigint, run_no int, lease_ms int, lease_until timestamptz, type text, type_version int, venture text,
  payload jsonb, refs jsonb, timeout_ms int, deaths int)
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set enable_partition_pruning = off as $$
declare v record;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  select not (w.draining or w.standby or exists (select 1 from public.blocks b where b.kind not in ('concurrency', 'first_starts', 'cap', 'overrun', 'drain') and b.scope <> 'provider')) as plain,
    not exists (select 1 from public.blocks b where b.kind in ('cap', 'overrun')) as paid, s.readmit_floor as floor, k.*
  into v
  from public.workers w
  join holdpoint.worker_keys c on c.worker_id = w.id and c.key_sha256 = sha256(convert_to(p_key, 'UTF8'))
  cross join public.settings s
  cross join lateral (
    select array_agg(t.type::text) as types, array_agg(t.version) as versions, array_agg(d.timeout_ms) as timeouts, array_agg(coalesce(d.lease_ms, s.lease_ms)) as leases
    from holdpoint.worker_types t
    join holdpoint.announced_types a on a.type = t.type and a.version = t.version
    join public.job_types d on d.name = t.type and d.version = t.version
    where t.worker_id = p_worker and not a.limited
  ) k
  where w.id = p_worker and w.ended_at is null;
  if v.plain and v.types is not null and cardinality(p_ids) > 0 then
    begin
      return query select * from holdpoint.claim_at_once(p_worker, p_request, p_ids, p_dispatch_nos, v.floor, v.paid, v.types, v.versions, v.timeouts, v.leases);
      return;
    exception when sqlstate 'HP001' then
      -- At least one needs a verdict: nothing of the try stands.
      null;
    end;
  end if;
  return query select * from holdpoint.claim_judged(p_worker, p_key, p_request, p_lane, p_ids, p_dispatch_nos);
end $$;
comment on function holdpoint.claim_jobs(uuid, text, uuid, text, uuid[], int[]) is
  'The gate. One row per hint: claimed or repeat (with a lease), or stale, early (its time has not come, or its deadline is over), older, blocked, limit, cap, held, readmit. Atomic for the batch; calling again with the same request id answers with the leases that still stand.';

create function holdpoint.count_starts(p_ventures text[], p_verdicts text[], p_first boolean[], p_at timestamptz) returns void
language plpgsql volatile set search_path = '' as $$
begin
  with n as (
    select u.v, count(*)::int as n from unnest(p_ventures, p_verdicts) u(v, verdict) where u.verdict = 'ok' group by u.v
  ), l as (
    update public.limits l set in_use = l.in_use + n.n from n where l.scope = 'venture' and l.key = any (p_ventures) and l.key = n.v and l.kind = 'concurrency'
    returning l.key, l.venture, l.in_use, l.max
  )
  insert into public.blocks (id, scope, key, kind, venture, reason, since, by_kind, by_id)
  select holdpoint.new_id(), 'venture', l.key, 'concurrency', l.venture, 'All ' || l.max || ' concurrent runs of this venture are in use.', p_at, 'limit', l.key
  from l where l.in_use >= l.max order by l.key
  on conflict (scope, key, kind) where kind <> 'stop' do nothing;
  insert into holdpoint.limit_usage as x (scope, key, kind, minute, n)
  select 'venture', u.v, 'first_starts', date_trunc('minute', p_at), count(*) from unnest(p_ventures, p_verdicts, p_first) u(v, verdict, first)
  where u.verdict = 'ok' and u.first and exists (select 1 from public.limits l where l.scope = 'venture' and l.key = u.v and l.kind = 'first_starts')
  group by u.v order by u.v
  on conflict (scope, key, kind, minute) do update set n = x.n + excluded.n;
end $$;
comment on function holdpoint.count_starts(text[], text[], boolean[], timestamptz) is
  'Counts started runs on their limits and sets the block row of a venture whose concurrency is full (no event: it fills and frees all day). The caller holds the limit rows.';

create function holdpoint.refuse_claims(p_worker uuid, p_ids uuid[], p_verdicts text[], p_ventures text[], p_first boolean[], p_lim_keys text[], p_starts_free int[],
  p_starts_wake timestamptz[], p_reasons text[], p_at timestamptz) returns void
language plpgsql volatile set search_path = '' as $$
declare v record; v_streams uuid[] := '{}'; v_seqs int[] := '{}'; v_feed_ventures text[] := '{}'; v_readmit uuid[]; v_missing record;
begin
  -- A refused hint whose job stays queued becomes a new hint, so that the next tick sees the job as new.
  update public.jobs j set dispatch_no = j.dispatch_no + 1
  from (select u.id from unnest(p_ids, p_verdicts) u(id, verdict) where u.verdict in ('limit', 'blocked', 'cap') order by u.id) u where j.id = u.id and j.state = 'queued';

  if 'cap' = any (p_verdicts) then
    -- Before the first event: ventures' rows are taken in the order of their keys.
    perform 1 from public.ventures o where o.key = 'fleet' or o.key = any (p_ventures) order by o.key for no key update;
    perform holdpoint.refresh_cap_blocks(p_ventures, 'worker', p_worker::text);
  end if;
  -- First starts are used up: one block row, one event, however many jobs wait behind it.
  for v in select distinct u.v as key, p_starts_wake[array_position(p_lim_keys, u.v)] as wake from unnest(p_ventures, p_verdicts, p_first) u(v, verdict, first)
    where u.verdict = 'limit' and u.first and p_starts_free[array_position(p_lim_keys, u.v)]
      <= (select count(*) from unnest(p_ventures, p_verdicts, p_first) o(v, verdict, first) where o.v = u.v and o.verdict = 'ok' and o.first)
    order by 1
  loop
    insert into public.blocks (id, scope, key, kind, venture, reason, since, wake_at, by_kind, by_id)
    values (holdpoint.new_id(), 'venture', v.key, 'first_starts', v.key, 'The first starts of this hour are used up.', p_at, coalesce(v.wake, p_at + interval '1 hour'), 'limit', v.key)
    on conflict (scope, key, kind) where kind <> 'stop' do nothing;
    if found then
      perform holdpoint.append_venture_event(v.key, 'limit.reached', 'worker', p_worker::text,
        jsonb_build_object('kind', 'first_starts', 'wake_at', holdpoint.micros(coalesce(v.wake, p_at + interval '1 hour'))), p_at);
      insert into public.tasks (id, queue, venture, subject, due_at, created_at)
      values (holdpoint.new_id(), 'alert', v.key, jsonb_build_object('kind', 'limit.reached', 'title', 'First starts of this hour are used up in ' || v.key), p_at, p_at);
    end if;
  end loop;

  for v in select u.id, u.v as venture, u.reason from unnest(p_ids, p_verdicts, p_ventures, p_reasons) u(id, verdict, v, reason)
    where u.verdict = 'held' order by u.id
  loop
    select u.code, u.why into v_missing from holdpoint.undecided(v.id) u;
    update public.jobs j set state = 'held', phase = 'h', held_for = 'approval', decision_id = null, decided_from = null,
      held_until = p_at + make_interval(secs => coalesce((j.approval ->> 'expires_ms')::bigint, (select approval_expires_ms from public.settings)) / 1000.0),
      reason = coalesce(v.reason, v_missing.why)
    where j.id = v.id;
    v_streams := v_streams || v.id; v_feed_ventures := v_feed_ventures || v.venture;
    v_seqs := v_seqs || holdpoint.append_job_event(v.id, 'held', 'worker', p_worker::text, null, jsonb_build_object('reason', coalesce(v.reason, v_missing.code)), p_at);
    insert into public.tasks (id, queue, venture, job_id, subject, due_at, created_at)
    values (holdpoint.new_id(), 'approval', v.venture, v.id, jsonb_build_object('job', v.id), p_at, p_at);
  end loop;
  perform holdpoint.append_feed(v_streams, v_seqs, v_feed_ventures);

  select array_agg(u.id order by u.id) into v_readmit from unnest(p_ids, p_verdicts) u(id, verdict) where u.verdict = 'readmit';
  if v_readmit is not null then
    perform holdpoint.readmit_jobs(v_readmit, 'policy_or_type_moved', 'worker', p_worker::text, p_at);
  end if;
end $$;
comment on function holdpoint.refuse_claims(uuid, uuid[], text[], text[], boolean[], text[], int[], timestamptz[], text[], timestamptz) is
  'What the gate does with hints it refused: a new dispatch number, a limit''s or cap''s block row, back to held, or back to admission.';
