-- Holdpoint, part 7.5.2: operations on many. The list is written down when a person starts one; a duty of the fleet decides
-- each job by itself, as that person, with the rights that the person has then.

create table public.bulk_operations (
  id uuid primary key,
  verb text not null check (verb in ('release', 'discard')),
  reason text not null,
  filter jsonb not null,
  as_of timestamptz not null,
  venture public.venture_key not null references public.ventures (key),
  by_user uuid not null,
  by_email text not null,
  state text not null default 'running' check (state in ('running', 'stopped', 'done')),
  total int not null,
  done int not null default 0,
  refused int not null default 0,
  skipped int not null default 0,
  per_minute int not null check (per_minute between 1 and 60000),
  next_at timestamptz not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  stopped_by text,
  constraint bulk_ended check ((state = 'running') = (ended_at is null)),
  constraint bulk_stopped check ((state = 'stopped') = (stopped_by is not null)),
  constraint bulk_counts check (done + refused + skipped <= total and (state <> 'done' or done + refused + skipped = total))
);
comment on table public.bulk_operations is 'Operations on all incidents of jobs that matched a filter at as_of. venture: whose stream tells of it (fleet when it spans ventures).';
create index bulk_running on public.bulk_operations (next_at) where state = 'running';
alter table public.bulk_operations enable row level security;
create policy members_read on public.bulk_operations for select to authenticated using (venture in (select holdpoint.my_ventures()));

create table public.bulk_items (
  operation_id uuid not null references public.bulk_operations (id),
  job_id uuid not null,
  incident_id uuid not null,
  venture public.venture_key not null,
  state text not null default 'pending' check (state in ('pending', 'done', 'refused', 'skipped')),
  detail text,
  at timestamptz,
  primary key (operation_id, job_id),
  constraint bulk_items_at check ((state = 'pending') = (at is null))
);
comment on table public.bulk_items is 'What an operation is to do, fixed at its start, and what came of each: done, refused (the decision was, detail says why) or skipped (it no longer waited).';
create index bulk_items_pending on public.bulk_items (operation_id, job_id) where state = 'pending';
alter table public.bulk_items enable row level security;
create policy members_read on public.bulk_items for select to authenticated using (venture in (select holdpoint.my_ventures()));

create function holdpoint.bulk_filter(p_request jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare v_filter jsonb := coalesce(p_request -> 'filter', '{}'); v_bad text;
begin
  perform holdpoint.only_fields(v_filter, array['state', 'class', 'reason', 'type', 'venture']);
  select f.key into v_bad from jsonb_each(v_filter) f where jsonb_typeof(f.value) not in ('string', 'null') order by f.key limit 1;
  if found then perform holdpoint.fail(400, 'bad_field', 'The filter "' || v_bad || '" must be one name.', 'filter.' || v_bad); end if;
  v_filter := jsonb_strip_nulls(v_filter);
  if v_filter ->> 'state' not in ('dead', 'quarantined') then
    perform holdpoint.fail(400, 'bad_field', 'Only dead and quarantined jobs can be decided in bulk.', 'filter.state', 'One of: dead, quarantined.');
  end if;
  if v_filter ->> 'class' <> all (enum_range(null::public.error_class)::text[]) then
    perform holdpoint.fail(400, 'bad_field', 'There is no error class "' || left(v_filter ->> 'class', 40) || '".', 'filter.class', 'One of: ' || array_to_string(enum_range(null::public.error_class), ', '));
  end if;
  if v_filter ? 'reason' and not exists (select 1 from public.incident_reasons r where r.reason = v_filter ->> 'reason') then
    perform holdpoint.fail(400, 'bad_field', 'There is no reason "' || left(v_filter ->> 'reason', 40) || '".', 'filter.reason', 'One of: ' || (select string_agg(r.reason, ', ' order by r.reason) from public.incident_reasons r));
  end if;
  perform holdpoint.require_role(coalesce(v_filter ->> 'venture', 'fleet'), 'approver');
  perform holdpoint.require_venture(coalesce(v_filter ->> 'venture', 'fleet'));
  return v_filter;
end $$;
comment on function holdpoint.bulk_filter(jsonb) is 'The checked filter of a request; its caller is approver in the venture it names, or else in fleet.';

create function holdpoint.bulk_matches(p_filter jsonb, p_as_of timestamptz)
returns table (incident_id uuid, job_id uuid, venture text, type text, error_class text, reason text)
language sql stable set search_path = '' as $$
  select i.id, i.job_id, i.venture::text, j.type::text, i.error_class::text, i.reason
  from public.incidents i join public.jobs j on j.id = i.job_id
  where i.resolved_at is null and i.subject_kind = 'job' and i.created_at <= p_as_of
    and (p_filter ->> 'state' is null or i.state::text = p_filter ->> 'state') and (p_filter ->> 'class' is null or i.error_class::text = p_filter ->> 'class')
    and (p_filter ->> 'reason' is null or i.reason = p_filter ->> 'reason') and (p_filter ->> 'venture' is null or i.venture::text = p_filter ->> 'venture')
    and (p_filter ->> 'type' is null or j.type::text = p_filter ->> 'type')
  limit 100001
$$;
comment on function holdpoint.bulk_matches(jsonb, timestamptz) is 'Incidents of jobs that match, were there at p_as_of and still wait; at most 100,001.';

create function public.preview_bulk(p_request jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v_filter jsonb; v_now timestamptz := clock_timestamp();
begin
  perform holdpoint.only_fields(p_request, array['filter']);
  v_filter := holdpoint.bulk_filter(p_request);
  return (select jsonb_build_object('as_of', v_now, 'filter', v_filter, 'total', coalesce(sum(g.n), 0), 'groups', coalesce(jsonb_agg(jsonb_build_object(
      'venture', g.venture, 'type', g.type, 'class', g.error_class, 'reason', g.reason, 'count', g.n) order by g.n desc, g.venture, g.type), '[]'))
    from (select m.venture, m.type, m.error_class, m.reason, count(*) as n from holdpoint.bulk_matches(v_filter, v_now) m group by 1, 2, 3, 4) g);
end $$;
comment on function public.preview_bulk(jsonb) is
  'What an operation with {filter: {state?, class?, reason?, type?, venture?}} would be about now: {as_of, total, groups by venture, type, class and reason}. Pass as_of to start_bulk. Needs approver in the venture it names, else in fleet.';

create function public.start_bulk(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_filter jsonb; v_venture text; v_id uuid; v_verb text; v_reason text; v_as_of timestamptz; v_now timestamptz := clock_timestamp(); v_rate int; v_have public.bulk_operations; v_total int;
begin
  perform holdpoint.only_fields(p_request, array['id', 'verb', 'reason', 'filter', 'as_of', 'per_minute']);
  v_filter := holdpoint.bulk_filter(p_request);
  v_venture := coalesce(v_filter ->> 'venture', 'fleet');
  v_operator := holdpoint.require_role(v_venture, 'approver');
  v_id := holdpoint.required_text(p_request, 'id', '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$', 'a new id (a UUID): repeating the call with it starts nothing twice')::uuid;
  v_verb := holdpoint.required_text(p_request, 'verb', '^(release|discard)$', 'release or discard');
  v_reason := holdpoint.required_reason(p_request ->> 'reason', 'An operation on many jobs');
  v_as_of := holdpoint.optional_time(p_request, 'as_of');
  if v_as_of is null or v_as_of > v_now then
    perform holdpoint.fail(400, case when v_as_of is null then 'missing_field' else 'bad_field' end, '"as_of" must be the time of a preview, and not in the future.', 'as_of', 'Preview first: holdpoint bulk preview');
  end if;
  if coalesce(p_request ->> 'per_minute', '600') !~ '^[1-9]\d{0,4}$' or (p_request ->> 'per_minute')::int > 60000 then
    perform holdpoint.fail(400, 'bad_field', '"per_minute" is a whole number from 1 to 60,000.', 'per_minute');
  end if;
  v_rate := coalesce((p_request ->> 'per_minute')::int, 600);
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  insert into public.bulk_operations (id, verb, reason, filter, as_of, venture, by_user, by_email, total, per_minute, next_at, started_at)
  values (v_id, v_verb, v_reason, v_filter, v_as_of, v_venture, v_operator.user_id, v_operator.email, 0, v_rate, v_now, v_now)
  on conflict (id) do nothing;
  if not found then
    select * into strict v_have from public.bulk_operations o where o.id = v_id;
    if (v_have.verb, v_have.filter, v_have.as_of, v_have.by_user) is distinct from (v_verb, v_filter, v_as_of, v_operator.user_id) then
      perform holdpoint.fail(409, 'idempotency_conflict', 'This id names another operation.', 'id', 'Use a new id for a new operation.');
    end if;
    return holdpoint.bulk_json(v_have) || '{"repeated": true}';
  end if;
  insert into public.bulk_items (operation_id, job_id, incident_id, venture)
  select v_id, m.job_id, m.incident_id, m.venture from holdpoint.bulk_matches(v_filter, v_as_of) m;
  get diagnostics v_total = row_count;
  if v_total > 100000 then
    perform holdpoint.fail(422, 'too_many', 'More than 100,000 jobs match.', 'filter', 'Narrow it: by venture, type, class or reason.');
  end if;
  update public.bulk_operations o set total = v_total, state = case v_total when 0 then 'done' else 'running' end, ended_at = case v_total when 0 then v_now end where o.id = v_id returning * into v_have;
  perform holdpoint.append_venture_event(v_venture, 'bulk.started', 'operator', v_operator.email, jsonb_build_object('operation', v_id, 'verb', v_verb, 'reason', v_reason,
    'filter', v_filter, 'as_of', holdpoint.micros(v_as_of), 'total', v_total, 'per_minute', v_rate,
    'items_sha256', (select encode(sha256(convert_to(coalesce(string_agg(i.incident_id::text, ',' order by i.incident_id), ''), 'UTF8')), 'hex') from public.bulk_items i where i.operation_id = v_id)), v_now);
  perform pg_notify('holdpoint_wake', 'bulk');
  return holdpoint.bulk_json(v_have) || '{"repeated": false}';
end $$;
comment on function public.start_bulk(jsonb) is
  'Starts {id, verb: release or discard, reason, filter, as_of, per_minute?}: all incidents of jobs that matched at as_of and still wait are written down, and the fleet decides each as decide() would for this operator, so many a minute. The same id again answers with what there is. Needs approver in the venture that the filter names, else in fleet. 400, 409 idempotency_conflict, 422 too_many.';

create function holdpoint.bulk_json(p_operation public.bulk_operations) returns jsonb
language sql stable set search_path = '' as $$
  select to_jsonb(p_operation) - 'by_user' || jsonb_build_object('left', p_operation.total - p_operation.done - p_operation.refused - p_operation.skipped)
$$;
comment on function holdpoint.bulk_json(public.bulk_operations) is 'An operation as people are shown it, with how many jobs are left.';

create function public.stop_bulk(p_operation uuid) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v public.bulk_operations; v_operator public.operators; v_now timestamptz;
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  select * into v from public.bulk_operations o where o.id = p_operation and o.venture in (select holdpoint.my_ventures());
  if not found then
    perform holdpoint.require_operator();
    perform holdpoint.fail(404, 'unknown_operation', 'There is no operation ' || coalesce(p_operation::text, '(none given)') || ' that you can see.', 'operation', 'List them with: holdpoint bulk list');
  end if;
  v_operator := holdpoint.require_role(v.venture, 'approver');
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  select * into strict v from public.bulk_operations o where o.id = p_operation for no key update;
  if v.state <> 'running' then perform holdpoint.fail(409, 'already_ended', 'This operation is ' || v.state || ' already.', 'operation'); end if;
  v_now := clock_timestamp();
  update public.bulk_operations o set state = 'stopped', ended_at = v_now, stopped_by = v_operator.email where o.id = p_operation returning * into v;
  perform holdpoint.end_bulk(v, 'operator', v_operator.email, v_now);
  return holdpoint.bulk_json(v);
end $$;
comment on function public.stop_bulk(uuid) is 'Stops an operation: what is decided stays decided, the rest is left alone. Needs approver where it was started. 404 unknown_operation, 409 already_ended.';

create function holdpoint.end_bulk(p_operation public.bulk_operations, p_actor_kind text, p_actor_id text, p_at timestamptz) returns void
language sql volatile set search_path = '' as $$
  select holdpoint.append_venture_event(p_operation.venture, 'bulk.' || case p_operation.state when 'stopped' then 'stopped' else 'done' end, p_actor_kind, p_actor_id,
    jsonb_build_object('operation', p_operation.id, 'total', p_operation.total, 'done', p_operation.done, 'refused', p_operation.refused, 'skipped', p_operation.skipped), p_at)
$$;
comment on function holdpoint.end_bulk(public.bulk_operations, text, text, timestamptz) is 'The event of an operation that was stopped or is done, with what came of it.';

create function public.list_bulk(p_operation uuid default null, p_limit int default 20) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform holdpoint.require_operator();
  if p_operation is not null and not exists (select 1 from public.bulk_operations o where o.id = p_operation) then
    perform holdpoint.fail(404, 'unknown_operation', 'There is no operation ' || p_operation || ' that you can see.', 'operation', 'List them with: holdpoint bulk list');
  end if;
  return (select coalesce(jsonb_agg(holdpoint.bulk_json(o) || jsonb_build_object('not_done', (select coalesce(jsonb_agg(jsonb_build_object('job_id', i.job_id, 'state', i.state, 'detail', i.detail) order by i.at), '[]')
      from (select * from public.bulk_items i where p_operation is not null and i.operation_id = o.id and i.state in ('refused', 'skipped') order by i.at limit 100) i)) order by o.started_at desc, o.id), '[]')
    from (select * from public.bulk_operations o where p_operation is null or o.id = p_operation order by o.started_at desc limit least(greatest(p_limit, 1), 200)) o);
end $$;
comment on function public.list_bulk(uuid, int) is 'Operations, latest first, with their progress; of one that is named also the first 100 jobs that were refused or skipped, and why. 404 unknown_operation.';

create function holdpoint.decide_item(p_operation public.bulk_operations, p_item public.bulk_items, p_operator public.operators, out state text, out detail text)
language plpgsql volatile set search_path = '' as $$
declare v_job public.jobs; v_answer jsonb;
begin
  select * into v_job from public.jobs j where j.id = p_item.job_id;
  if v_job.id is null or not exists (select 1 from public.incidents i where i.id = p_item.incident_id and i.resolved_at is null) then
    state := 'skipped'; detail := 'It no longer waited; it is ' || coalesce(v_job.state::text, 'gone') || '.';
    return;
  end if;
  if p_operator.user_id is null or coalesce((select max(m.role) from public.memberships m where m.user_id = p_operator.user_id and m.venture in (v_job.venture, 'fleet')) < 'approver', true) then
    state := 'refused'; detail := p_operation.by_email || ' may not decide in ' || v_job.venture || ' any more.';
    return;
  end if;
  begin
    v_answer := holdpoint.decide_locked(v_job, p_operator, p_operation.verb, null, p_operation.reason, null, null, null, clock_timestamp());
    state := 'done';
    detail := case when v_answer ->> 'missing' is not null then 'Missing: ' || (v_answer ->> 'missing') end;
  exception when others then
    -- What passes (a deadlock, a time-out, a full disk) ends the whole call, which is repeated. Anything else is told of this
    -- job, or it would hold up all operations for ever.
    if sqlstate ~ '^(40|53|55|57|58|PT5)' then raise; end if;
    state := 'refused'; detail := left(sqlerrm, 500);
  end;
end $$;
comment on function holdpoint.decide_item(public.bulk_operations, public.bulk_items, public.operators) is 'One job of an operation, as its operator would decide it now. The caller holds the job''s row.';

create function holdpoint.step_bulk(p_worker uuid, p_key text, p_max int) returns jsonb
language plpgsql volatile security definer set search_path = '' set enable_partition_pruning = off as $$
declare v_op public.bulk_operations; v_operator public.operators; v_ids uuid[]; v_item public.bulk_items; v_one record; v_now timestamptz; v_done int := 0; v_refused int := 0; v_skipped int := 0;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  -- Its row first, and only here together with jobs: a stop of the operation waits for this batch.
  select * into v_op from public.bulk_operations o where o.state = 'running' and o.next_at <= clock_timestamp() order by o.next_at, o.id limit 1 for no key update skip locked;
  if not found then return null; end if;
  -- Each item is a subtransaction: few enough to stay clear of their cliff (hazard 23).
  select array_agg(i.job_id order by i.job_id) into v_ids from (select i.job_id from public.bulk_items i where i.operation_id = v_op.id and i.state = 'pending' order by i.job_id limit least(p_max, 20, v_op.per_minute)) i;
  perform 1 from public.jobs j where j.id = any (v_ids) order by j.id for no key update;
  select * into v_operator from public.operators o where o.user_id = v_op.by_user and o.active;
  for v_item in select i.* from public.bulk_items i where i.operation_id = v_op.id and i.job_id = any (v_ids) order by i.job_id loop
    v_one := holdpoint.decide_item(v_op, v_item, v_operator);
    update public.bulk_items i set state = v_one.state, detail = v_one.detail, at = clock_timestamp() where i.operation_id = v_op.id and i.job_id = v_item.job_id;
    v_done := v_done + (v_one.state = 'done')::int; v_refused := v_refused + (v_one.state = 'refused')::int; v_skipped := v_skipped + (v_one.state = 'skipped')::int;
  end loop;
  v_now := clock_timestamp();
  update public.bulk_operations o set done = o.done + v_done, refused = o.refused + v_refused, skipped = o.skipped + v_skipped,
    next_at = v_now + make_interval(secs => 60.0 * coalesce(cardinality(v_ids), 0) / o.per_minute),
    state = case when o.done + o.refused + o.skipped + v_done + v_refused + v_skipped >= o.total then 'done' else 'running' end,
    ended_at = case when o.done + o.refused + o.skipped + v_done + v_refused + v_skipped >= o.total then v_now end
  where o.id = v_op.id returning * into v_op;
  if v_op.state = 'done' then perform holdpoint.end_bulk(v_op, 'worker', p_worker::text, v_now); end if;
  return jsonb_build_object('operation', v_op.id, 'state', v_op.state, 'done', v_done, 'refused', v_refused, 'skipped', v_skipped,
    'wait_ms', greatest(0, ceil(extract(epoch from v_op.next_at - v_now) * 1000)));
end $$;
comment on function holdpoint.step_bulk(uuid, text, int) is
  'Decides the next at most 20 jobs of the operation whose turn it is, in one transaction with its progress: {operation, state, done, refused, skipped, wait_ms}; null: none has its turn. Two callers at once take different operations.';
