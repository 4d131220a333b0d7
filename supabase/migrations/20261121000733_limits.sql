-- Holdpoint, part 7.3.3: what a run counts on besides its venture's limits, and what admins set.
--
-- Only types marked in announced_types.limited come here: the gate judges their claims one by one. A running job keeps
-- in jobs.slots what it counts on, so that whoever ends the run frees exactly that, whatever was set meanwhile.
-- Lock order: limits of ventures, then of types, then of providers, each by key.

-- What the gate takes ----------------------------------------------------------------------------------------------

create function holdpoint.refresh_limited_types() returns void
language sql volatile set search_path = '' as $$
  update holdpoint.announced_types a set limited = n.limited
  from (
    select o.type, exists (select 1 from public.limits l where l.scope = 'type' and l.key = o.type::text)
      or exists (select 1 from public.job_types t where t.name = o.type and (t.concurrency is not null or t.providers <> '{}')) as limited
    from holdpoint.announced_types o
  ) n
  where n.type = a.type and n.limited <> a.limited
$$;
comment on function holdpoint.refresh_limited_types() is 'Marks the types whose claims must be judged because their runs count on more than their venture''s limits.';

create function holdpoint.set_full_block(p_limit public.limits, p_at timestamptz) returns void
language sql volatile set search_path = '' as $$
  insert into public.blocks (id, scope, key, kind, venture, reason, since, by_kind, by_id)
  select holdpoint.new_id(), p_limit.scope, p_limit.key, 'concurrency', p_limit.venture, 'All ' || p_limit.max || ' concurrent runs of this ' || p_limit.scope || ' are in use.', p_at, 'limit', p_limit.key
  where p_limit.in_use >= p_limit.max
  on conflict (scope, key, kind) where kind <> 'stop' do nothing
$$;
comment on function holdpoint.set_full_block(public.limits, timestamptz) is 'The block row of a concurrency limit that is full. No event: it fills and frees all day. The caller holds the limit''s row.';

create function holdpoint.take_slots(p_worker uuid, p_ids uuid[], p_verdicts text[]) returns text[]
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v_types text[]; v_verdicts text[]; v_now timestamptz; v record;
begin
  p_verdicts := holdpoint.take_key_slots(p_worker, p_ids, p_verdicts);
  select array_agg(j.type::text order by u.n) into v_types
  from unnest(p_ids) with ordinality u(id, n) left join public.jobs j on j.id = u.id;
  perform 1 from public.limits l where l.scope = 'type' and l.kind = 'concurrency' and l.key = any (v_types) order by l.key for update;
  v_now := clock_timestamp();
  select array_agg(case when c.verdict = 'ok' and c.turn > c.free then 'limit' else c.verdict end order by c.n) into v_verdicts
  from (
    select u.n, u.verdict, row_number() over (partition by u.type, u.verdict order by u.n) as turn, coalesce(l.max - l.in_use, 2147483647) as free
    from unnest(v_types, p_verdicts) with ordinality u(type, verdict, n)
    left join public.limits l on l.scope = 'type' and l.kind = 'concurrency' and l.key = u.type
  ) c;
  update public.jobs j set slots = array_append(j.slots, 'type:' || u.type)
  from unnest(p_ids, v_types, v_verdicts) u(id, type, verdict)
  where j.id = u.id and u.verdict = 'ok' and exists (select 1 from public.limits l where l.scope = 'type' and l.kind = 'concurrency' and l.key = u.type);
  for v in
    update public.limits l set in_use = l.in_use + n.n
    from (select u.type, count(*)::int as n from unnest(v_types, v_verdicts) u(type, verdict) where u.verdict = 'ok' group by u.type) n
    where l.scope = 'type' and l.kind = 'concurrency' and l.key = n.type
    returning l as l
  loop
    perform holdpoint.set_full_block(v.l, v_now);
  end loop;
  p_verdicts := holdpoint.take_provider_starts(p_ids, v_verdicts);
  if p_verdicts <> v_verdicts then
    perform holdpoint.free_type_slots(array(select u.id from unnest(p_ids, v_verdicts, p_verdicts) u(id, was, verdict) where u.was = 'ok' and u.verdict <> 'ok'));
  end if;
  return p_verdicts;
end $$;
comment on function holdpoint.take_slots(uuid, uuid[], text[]) is
  'Judges claims that passed so far (ok) on what their types'' runs count on besides: ok, or limit. What passes is counted and noted in jobs.slots. The caller holds the jobs'' rows, and the limits of their ventures.';

create function holdpoint.free_slots(p_ids uuid[], p_worker uuid) returns void
language plpgsql volatile set search_path = '' as $$
begin
  perform holdpoint.leave_keys(p_ids, case when p_worker is null then 'system' else 'worker' end, coalesce(p_worker::text, 'limits'));
  perform holdpoint.free_type_slots(p_ids);
  update public.jobs j set slots = null where j.id = any (p_ids) and j.slots is not null;
end $$;
comment on function holdpoint.free_slots(uuid[], uuid) is 'Frees what the runs of these jobs counted on besides their ventures'' limits. The caller holds the jobs'' rows; after free_limits in the lock order.';

create function holdpoint.free_type_slots(p_ids uuid[]) returns void
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v_types text[]; v_counts int[]; v_free text[];
begin
  select array_agg(n.key order by n.key), array_agg(n.n order by n.key) into v_types, v_counts
  from (
    select substr(s.slot, 6) as key, count(*)::int as n from public.jobs j cross join lateral unnest(j.slots) s(slot)
    where j.id = any (p_ids) and s.slot like 'type:%' group by 1
  ) n;
  if v_types is not null then
    perform 1 from public.limits l where l.scope = 'type' and l.kind = 'concurrency' and l.key = any (v_types) order by l.key for update;
    with l as (
      update public.limits l set in_use = greatest(0, l.in_use - n.n) from unnest(v_types, v_counts) n(key, n)
      where l.scope = 'type' and l.kind = 'concurrency' and l.key = n.key
      returning l.key, l.in_use, l.max
    )
    select array_agg(l.key) filter (where l.in_use < l.max) into v_free from l;
    -- A statement of its own, as in free_limits.
    delete from public.blocks b where b.scope = 'type' and b.kind = 'concurrency' and b.key = any (v_free);
  end if;
  perform holdpoint.free_trials(p_ids);
  update public.jobs j set slots = nullif(array(select s from unnest(j.slots) s where s not like 'type:%' and s not like 'trial:%'), '{}') where j.id = any (p_ids) and j.slots is not null;
end $$;
comment on function holdpoint.free_type_slots(uuid[]) is 'Frees what the runs of these jobs count on by their types'' limits, and ends their trials of providers: of runs that ended, and of claims that something later refused. The caller holds the jobs'' rows.';

-- What admins set --------------------------------------------------------------------------------------------------

create function holdpoint.limit_target(p_request jsonb) returns public.limits
language plpgsql stable set search_path = '' as $$
declare v public.limits; v_scope text := p_request ->> 'scope'; v_kind text := p_request ->> 'kind'; v_kinds text[];
begin
  v_kinds := case v_scope when 'venture' then array['concurrency', 'first_starts'] when 'type' then array['concurrency'] when 'provider' then array['rate'] end;
  if v_kinds is null then
    perform holdpoint.fail(400, 'unknown_scope', 'A limit can''t be set for "' || left(coalesce(v_scope, ''), 40) || '".', 'scope', 'One of: venture, type, provider.');
  end if;
  if v_kind is null or v_kind <> all (v_kinds) then
    perform holdpoint.fail(400, 'unknown_kind', 'A ' || v_scope || ' has no limit of the kind "' || left(coalesce(v_kind, ''), 40) || '".', 'kind', 'One of: ' || array_to_string(v_kinds, ', ') || '.');
  end if;
  v.scope := v_scope; v.kind := v_kind;
  if v_scope = 'venture' then
    v.key := holdpoint.required_text(p_request, 'key', '^[a-z][a-z0-9-]{1,39}$', 'a venture''s key');
    v.venture := v.key;
  elsif v_scope = 'type' then
    v.key := holdpoint.required_text(p_request, 'key', '^[a-z][a-z0-9_]{0,62}$', 'the name of a job type');
    v.venture := 'fleet';
  else
    v.key := holdpoint.required_text(p_request, 'key', '^[a-z][a-z0-9_.-]{0,62}$', 'the name of a provider');
    v.venture := 'fleet';
  end if;
  perform holdpoint.require_role(v.venture, 'admin');
  perform holdpoint.require_venture(v.venture);
  if v_scope = 'type' and not exists (select 1 from public.job_types t where t.name = v.key) then
    perform holdpoint.fail(404, 'unknown_job_type', 'No worker has announced a job type "' || v.key || '".', 'key',
      'Known types: ' || coalesce((select string_agg(a.type, ', ' order by a.type) from holdpoint.announced_types a), 'none yet; start a worker'));
  end if;
  if v_scope = 'provider' and not exists (select 1 from public.job_types t where v.key = any (t.providers)) then
    perform holdpoint.fail(404, 'unknown_provider', 'No job type names a provider "' || v.key || '".', 'key',
      'Known providers: ' || coalesce((select string_agg(distinct p, ', ' order by p) from public.job_types t cross join unnest(t.providers) p), 'none'));
  end if;
  if jsonb_typeof(p_request -> 'max') is distinct from 'null' then
    if jsonb_typeof(p_request -> 'max') is distinct from 'number' or (p_request ->> 'max') !~ '^\d{1,9}$' then
      perform holdpoint.fail(400, 'bad_field', 'The field "max" must be a whole number from 0 to 999999999, or null to remove the limit.', 'max');
    end if;
    v.max := (p_request ->> 'max')::int;
    if v_scope = 'provider' then
      if jsonb_typeof(p_request -> 'per_ms') is distinct from 'number' or (p_request ->> 'per_ms') !~ '^[1-9]\d{0,8}$' then
        perform holdpoint.fail(400, 'bad_field', 'The field "per_ms" must be a whole number of milliseconds: max starts in so long.', 'per_ms', 'E.g. 60000 for a minute.');
      end if;
      v.per_ms := (p_request ->> 'per_ms')::int;
    end if;
  end if;
  return v;
end $$;
comment on function holdpoint.limit_target(jsonb) is 'Which limit a request means, and its new number (null: none). Needs admin: of the venture, or of the fleet. 400, 404 unknown_job_type, unknown_venture.';

create function holdpoint.count_running_type(p_type text) returns int
language plpgsql volatile set search_path = '' as $$
declare v_ids uuid[];
begin
  -- Alone (control lock): no claim and no settlement is under way.
  select array_agg(j.id order by j.id) into v_ids from public.runs r join public.jobs j on j.id = r.job_id where r.ended_at is null and j.type = p_type and j.state = 'running';
  update public.jobs j set slots = array_append(j.slots, 'type:' || p_type) where j.id = any (v_ids) and not coalesce('type:' || p_type = any (j.slots), false);
  return coalesce(cardinality(v_ids), 0);
end $$;
comment on function holdpoint.count_running_type(text) is 'Lets the runs of a type that are under way count on its new limit. Returns how many.';

create function public.set_limit(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v public.limits; v_was public.limits; v_operator public.operators; v_now timestamptz;
begin
  perform holdpoint.only_fields(p_request, array['scope', 'key', 'kind', 'max', 'per_ms']);
  v := holdpoint.limit_target(p_request);
  v_operator := holdpoint.require_role(v.venture, 'admin');
  -- Claims and settlements under way do not know of a new limit: they end first.
  perform pg_advisory_xact_lock(holdpoint.control_lock());
  v_now := clock_timestamp();
  delete from public.limits l where l.scope = v.scope and l.key = v.key and l.kind = v.kind returning * into v_was;
  if v_was.key is null and v.max is null then
    perform holdpoint.fail(409, 'no_such_limit', 'There is no such limit to remove.', 'key', 'See: holdpoint limits list');
  end if;
  if v.max is not null then
    v.in_use := case when v.kind = 'first_starts' then 0 when v.kind = 'rate' then coalesce(v_was.in_use, 0) when v.scope = 'type' then holdpoint.count_running_type(v.key)
      else coalesce(v_was.in_use, (select count(*)::int from public.runs r where r.venture = v.key and r.ended_at is null)) end;
    insert into public.limits (scope, key, kind, venture, max, in_use, per_ms, window_at) values (v.scope, v.key, v.kind, v.venture, v.max, v.in_use, v.per_ms, v_was.window_at);
  end if;
  perform holdpoint.refresh_limited_types();
  perform holdpoint.append_venture_event(v.venture, 'limit.set', 'operator', v_operator.email,
    jsonb_strip_nulls(jsonb_build_object('per_ms', v.per_ms)) || jsonb_build_object('scope', v.scope, 'key', v.key, 'kind', v.kind, 'max', v.max, 'was', v_was.max), v_now);
  perform holdpoint.refresh_limit_block(v, v_operator.email, v_now);
  perform pg_notify('holdpoint_wake', 'ready');
  return jsonb_build_object('scope', v.scope, 'key', v.key, 'kind', v.kind, 'max', v.max, 'per_ms', v.per_ms, 'was', v_was.max);
end $$;
comment on function public.set_limit(jsonb) is
  'Sets {scope: venture, type or provider, key, kind: concurrency, first_starts an hour (of a venture), or rate (of a provider: max starts in per_ms), max: a number, or null for none}: {scope, key, kind, max, per_ms, was}. Holds from the answer on; what runs goes on and counts. Needs admin of the venture, or of the fleet. 409 no_such_limit.';

create function holdpoint.refresh_limit_block(p_limit public.limits, p_by text, p_at timestamptz) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if p_limit.kind = 'rate' then
    -- The next claim looks, and sets it again where it is full.
    delete from public.blocks b where b.scope = 'provider' and b.key = p_limit.key and b.kind = 'rate';
  elsif p_limit.kind = 'concurrency' then
    delete from public.blocks b where b.scope = p_limit.scope and b.key = p_limit.key and b.kind = 'concurrency';
    if p_limit.max is not null then perform holdpoint.set_full_block(p_limit, p_at); end if;
  elsif coalesce(p_limit.max, 2147483647) > coalesce((select sum(u.n) from holdpoint.limit_usage u
      where u.scope = p_limit.scope and u.key = p_limit.key and u.kind = p_limit.kind and u.minute > p_at - interval '61 minutes'), 0) then
    delete from public.blocks b where b.scope = p_limit.scope and b.key = p_limit.key and b.kind = 'first_starts';
    if found then
      perform holdpoint.append_venture_event(p_limit.venture, 'limit.lifted', 'operator', p_by, jsonb_build_object('kind', p_limit.kind, 'scope', p_limit.scope, 'key', p_limit.key), p_at);
    end if;
  end if;
end $$;
comment on function holdpoint.refresh_limit_block(public.limits, text, timestamptz) is 'Brings the block row of a limit that was set or removed in line with it.';
