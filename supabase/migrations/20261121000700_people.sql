-- Holdpoint, part 7: what people do. Functions in public check session, role and membership themselves.

create function holdpoint.required_text(p_request jsonb, p_field text, p_pattern text, p_shape text) returns text
language plpgsql immutable set search_path = '' as $$
declare v text := p_request ->> p_field;
begin
  if v is null or v !~ p_pattern then
    perform holdpoint.fail(400, case when v is null then 'missing_field' else 'bad_field' end,
      'The field "' || p_field || '" ' || case when v is null then 'is missing' else 'has the wrong shape' end || '; it must be ' || p_shape || '.', p_field, 'Give ' || p_shape || '.');
  end if;
  return v;
end $$;
comment on function holdpoint.required_text(jsonb, text, text, text) is 'A field of a request that must be there and match. 400 missing_field, bad_field.';

create function holdpoint.only_fields(p_request jsonb, p_known text[]) returns void
language plpgsql immutable set search_path = '' as $$
declare v_bad text;
begin
  if p_request is null or jsonb_typeof(p_request) <> 'object' then
    perform holdpoint.fail(400, 'bad_request', 'The request must be a JSON object.', 'request', 'Known fields: ' || array_to_string(p_known, ', '));
  end if;
  select k into v_bad from jsonb_object_keys(p_request) k where k <> all (p_known) order by k limit 1;
  if found then
    perform holdpoint.fail(400, 'unknown_field', 'The field "' || left(v_bad, 60) || '" is not known.', v_bad, 'Known fields: ' || array_to_string(p_known, ', '));
  end if;
end $$;
comment on function holdpoint.only_fields(jsonb, text[]) is 'A request is an object that has no other fields than these. 400 bad_request, unknown_field.';

create function holdpoint.optional_time(p_request jsonb, p_field text) returns timestamptz
language plpgsql stable set search_path = '' as $$
declare v timestamptz;
begin
  begin
    v := (p_request ->> p_field)::timestamptz;
  exception when invalid_datetime_format or datetime_field_overflow then
    v := 'infinity';
  end;
  if not isfinite(v) then
    perform holdpoint.fail(400, 'bad_field', 'The field "' || p_field || '" is not a time.', p_field, 'Give an ISO 8601 instant, e.g. 2026-11-21T09:00:00Z.');
  end if;
  return v;
end $$;
comment on function holdpoint.optional_time(jsonb, text) is 'A field of a request that is a time or left out. 400 bad_field.';

create function holdpoint.optional_boolean(p_request jsonb, p_field text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  if coalesce(jsonb_typeof(p_request -> p_field), 'null') not in ('boolean', 'null') then
    perform holdpoint.fail(400, 'bad_field', 'The field "' || p_field || '" must be true or false.', p_field);
  end if;
  return coalesce((p_request ->> p_field)::boolean, false);
end $$;
comment on function holdpoint.optional_boolean(jsonb, text) is 'A field of a request that is true, false or left out (false). 400 bad_field.';

create function holdpoint.require_venture(p_venture text) returns void
language plpgsql stable set search_path = '' as $$
begin
  if not exists (select 1 from public.ventures v where v.key = p_venture) then
    perform holdpoint.fail(404, 'unknown_venture', 'There is no venture "' || left(p_venture, 60) || '".', 'venture', 'List them with: holdpoint venture list');
  end if;
end $$;
comment on function holdpoint.require_venture(text) is '404 unknown_venture.';

create function holdpoint.require_operator() returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if holdpoint.live_operator() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
end $$;
comment on function holdpoint.require_operator() is 'Refuses who is not a live operator (401 not_signed_in, 403 not_an_operator): row-level security alone would answer an ended session with empty lists.';

-- Reading ----------------------------------------------------------------------------------------------------------

create function public.whoami() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v_operator public.operators;
begin
  select * into v_operator from public.operators where user_id = holdpoint.live_operator();
  if not found then perform holdpoint.require_role('fleet', 'viewer'); end if;
  return jsonb_build_object('user_id', v_operator.user_id, 'email', v_operator.email, 'must_change', v_operator.must_change,
    'now', clock_timestamp(),
    'memberships', (select coalesce(jsonb_agg(jsonb_build_object('venture', m.venture, 'role', m.role) order by m.venture), '[]') from public.memberships m where m.user_id = v_operator.user_id));
end $$;
comment on function public.whoami() is 'The signed-in operator with its memberships. 401 not_signed_in, 403 not_an_operator.';

create function public.my_venture_keys() returns setof text
language sql stable security definer set search_path = '' as $$ select holdpoint.my_ventures() $$;
comment on function public.my_venture_keys() is 'Keys of the ventures that the signed-in operator may see; empty when the session has ended.';

create function holdpoint.blocked_by(p_job public.jobs) returns text
language sql stable set search_path = '' as $$
  select b.kind || ':' || b.scope || case when b.key = '' then '' else ':' || b.key end
  from public.blocks b
  where p_job.state = 'queued' and holdpoint.covers(b, null, null, p_job.venture, p_job.type, p_job.queue, p_job.paid)
  order by b.kind, b.scope, b.key limit 1
$$;
comment on function holdpoint.blocked_by(public.jobs) is 'The block that keeps a queued job from starting, as kind:scope[:key], e.g. stop:everything; else null.';

create function holdpoint.job_json(p_job public.jobs) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p_job.id, 'type', p_job.type, 'type_version', p_job.type_version, 'venture', p_job.venture, 'queue', p_job.queue, 'urgent', p_job.urgent,
    'state', p_job.state, 'blocked_by', coalesce(holdpoint.blocked_by(p_job), case when p_job.state = 'queued' and p_job.waits_for like 'concurrency\_key:%' then p_job.waits_for end), 'concurrency_key', p_job.concurrency_key, 'reason', p_job.reason, 'held_for', p_job.held_for, 'held_until', p_job.held_until,
    'size', p_job.size, 'tier', p_job.tier, 'needs_approval', p_job.needs_approval, 'approval', p_job.approval, 'rule', p_job.rule, 'policy_version', p_job.policy_version,
    'plan_hash', encode(p_job.plan_hash, 'hex'), 'plan_no', p_job.plan_no, 'refs', p_job.refs,
    'estimate_microusd', p_job.estimate_microusd, 'ceiling_microusd', p_job.ceiling_microusd, 'cost_microusd', p_job.cost_microusd,
    'run_no', p_job.run_no, 'retries_used', p_job.retries_used, 'losses', p_job.losses, 'run_at', case p_job.run_at when '9999-12-31T00:00:00Z'::timestamptz then p_job.updated_at else p_job.run_at end, 'waits_for', p_job.waits_for, 'start_by', p_job.start_by, 'end_by', p_job.end_by,
    'idempotency_key', p_job.idempotency_key, 'submitted_by', jsonb_build_object('kind', p_job.submitted_by_kind, 'id', p_job.submitted_by_id),
    'cancel_requested_at', p_job.cancel_requested_at, 'decided_from', p_job.decided_from,
    'created_at', p_job.created_at, 'updated_at', p_job.updated_at, 'ended_at', p_job.ended_at)
$$;
comment on function holdpoint.job_json(public.jobs) is 'A job as people and scripts see it, without payload and result.';

create function public.list_jobs(p_filter jsonb default '{}', p_before uuid default null, p_limit int default 50) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_states public.job_state[]; v_items jsonb; v_last uuid; v_count int; v_scan_end uuid; v_limit int := least(greatest(p_limit, 1), 200);
  v_before uuid := coalesce(p_before, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_type text := p_filter ->> 'type'; v_venture text := p_filter ->> 'venture';
begin
  perform holdpoint.require_operator();
  perform holdpoint.only_fields(p_filter, array['state', 'type', 'venture']);
  begin
    select array_agg(s::public.job_state) into v_states from jsonb_array_elements_text(case jsonb_typeof(p_filter -> 'state') when 'array' then p_filter -> 'state' else jsonb_build_array(p_filter ->> 'state') end) s where s is not null;
  exception when invalid_text_representation then
    perform holdpoint.fail(400, 'bad_field', 'The state filter names a state that does not exist.', 'state', 'States: ' || array_to_string(enum_range(null::public.job_state), ', '));
  end;
  with recent as (
    select j.* from public.jobs j where j.id < v_before order by j.id desc limit 10000
  ), hit as (
    select r.* from recent r
    where (v_states is null or r.state = any (v_states)) and (v_type is null or r.type = v_type) and (v_venture is null or r.venture = v_venture)
    order by r.id desc limit v_limit
  )
  select coalesce(jsonb_agg(holdpoint.job_json(h::public.jobs) order by h.id desc), '[]'), (array_agg(h.id order by h.id desc))[count(*)], count(*) into v_items, v_last, v_count
  from (select * from hit) h;
  if v_count < v_limit then
    -- Was the whole history looked at, or only its latest 10,000?
    select r.id into v_scan_end from (select j.id from public.jobs j where j.id < v_before order by j.id desc limit 1 offset 9999) r;
    return jsonb_build_object('items', v_items, 'next', v_scan_end, 'cut', v_scan_end is not null);
  end if;
  return jsonb_build_object('items', v_items, 'next', v_last, 'cut', false);
end $$;
comment on function public.list_jobs(jsonb, uuid, int) is
  'Jobs, newest first, under the caller''s row-level security: {items, next: id to pass as p_before or null, cut}. Looks at no more than 10,000 jobs a call; cut true: more may match further back, go on from next.';

create function public.job_detail(p_job uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
declare v_job public.jobs;
begin
  perform holdpoint.require_operator();
  select * into v_job from public.jobs where id = p_job;
  if not found then
    perform holdpoint.fail(404, 'unknown_job', 'There is no job ' || p_job || ' that you can see.', 'job', 'List them with: holdpoint jobs list');
  end if;
  return jsonb_build_object(
    'job', holdpoint.job_json(v_job) || jsonb_build_object('payload', v_job.payload, 'result', v_job.result),
    'now', clock_timestamp(),
    'runs', (select coalesce(jsonb_agg(jsonb_build_object('run_no', r.run_no, 'worker_id', r.worker_id,
        'worker', (select w.name from public.workers w where w.id = r.worker_id), 'token', r.token::text, 'started_at', r.started_at, 'lease_until', r.lease_until,
        'heartbeat_at', r.listed_at, 'progress', r.progress, 'ended_at', r.ended_at, 'outcome', r.outcome, 'cause', r.cause, 'error_class', r.error_class,
        'error_message', r.error_message, 'cost_microusd', r.cost_microusd, 'log_bytes', r.log_bytes, 'log_sha256', r.log_sha256) order by r.run_no), '[]')
      from public.runs r where r.job_id = p_job),
    'steps', (select coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'run_no', s.run_no, 'started_at', s.started_at, 'ended_at', s.ended_at) order by s.ended_at), '[]') from public.steps s where s.job_id = p_job),
    'decisions', (select coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'verb', d.verb, 'by', d.by_email, 'reason', d.reason, 'at', d.at, 'plan_hash', encode(d.plan_hash, 'hex'), 'undoes', d.undoes) order by d.at, d.id), '[]')
      from public.decisions d where d.job_id = p_job),
    'approval_status', holdpoint.approval_status(p_job),
    'wait', case when v_job.ended_at is null then holdpoint.open_call(p_job) end,
    'signals', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'no', s.no, 'name', s.name, 'data', s.data, 'by', s.by_id, 'at', s.sent_at, 'taken_by', s.taken_by, 'taken_at', s.taken_at) order by s.no), '[]')
      from (select * from public.signals s where s.job_id = p_job order by s.no desc limit 100) s),
    'plan', (select jsonb_build_object('plan_no', p.plan_no, 'hash', encode(p.hash, 'hex'), 'body', p.body, 'facts', p.facts, 'created_at', p.created_at)
      from public.plans p where p.job_id = p_job order by p.plan_no desc limit 1),
    'comments', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'by', c.by_email, 'text', c.text, 'at', c.at) order by c.id), '[]') from (select * from public.comments c where c.job_id = p_job order by c.id desc limit 200) c),
    'incidents', (select coalesce(jsonb_agg(to_jsonb(i) order by i.created_at), '[]') from public.incidents i where i.job_id = p_job),
    'links', holdpoint.job_links(p_job),
    'artifacts', (select coalesce(jsonb_agg(to_jsonb(a) - 'path' order by a.created_at), '[]') from public.artifacts a where a.job_id = p_job),
    'evidence', (select coalesce(jsonb_agg(to_jsonb(e) order by e.seen_at), '[]') from (select * from public.evidence e where e.job_id = p_job order by e.seen_at desc limit 50) e),
    'blocks', (select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'scope', b.scope, 'key', b.key, 'kind', b.kind, 'reason', b.reason, 'since', b.since, 'wake_at', b.wake_at, 'by_id', b.by_id) order by b.since), '[]')
      from public.blocks b where v_job.state = 'queued' and holdpoint.covers(b, null, null, v_job.venture, v_job.type, v_job.queue, v_job.paid)),
    'undo_until', case when v_job.state = 'queued' and v_job.decided_from is not null then v_job.run_at end,
    'last_approved', (select jsonb_build_object('job_id', d.job_id, 'at', d.at, 'by', d.by_email, 'plan', (select p.body from public.plans p where p.job_id = d.job_id and p.hash = d.plan_hash order by p.plan_no desc limit 1))
      from public.decisions d join public.jobs o on o.id = d.job_id
      where d.venture = v_job.venture and d.verb = 'approve' and o.type = v_job.type and d.job_id <> p_job
        and not exists (select 1 from public.decisions u where u.undoes = d.id)
      order by d.at desc limit 1));
end $$;
comment on function public.job_detail(uuid) is 'All of one job that a page shows, under the caller''s row-level security. 404 unknown_job.';

create function holdpoint.count_waiting(p_queue public.job_queue) returns table (ready bigint, later bigint, oldest_at timestamptz)
language sql stable security definer set search_path = '' as $$
  select count(*) filter (where c.run_at <= clock_timestamp()), count(*) filter (where c.run_at > clock_timestamp()), min(c.run_at) filter (where c.run_at <= clock_timestamp())
  from (
    select l.run_at from (select holdpoint.my_ventures() as venture) m
    cross join lateral (select j.run_at from public.jobs j where j.phase = 'q' and j.queue = p_queue and j.venture = m.venture limit 10001) l
    limit 10001
  ) c
$$;
comment on function holdpoint.count_waiting(public.job_queue) is
  'Queued jobs of the caller''s ventures, looking at no more than 10,001. A definer: under row-level security the enum''s comparison may not go into the index (it is not leakproof), and the whole table would be read.';

create function holdpoint.count_inbox() returns table (state text, n bigint)
language sql stable security definer set search_path = '' as $$
  select s.state, (select count(*) from (
    select 1 from public.jobs j where j.phase = s.phase and j.phase in ('h', 'd', 'x') and j.venture in (select holdpoint.my_ventures()) limit 10001) c)
  from (values ('held', 'h'::"char"), ('dead', 'd'), ('quarantined', 'x')) s(state, phase)
$$;
comment on function holdpoint.count_inbox() is 'What waits for a person in the caller''s ventures, at most 10,001 of each state. A definer for the same reason as count_waiting.';

create function public.queue_counts() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform holdpoint.require_operator();
  return (select jsonb_agg(jsonb_build_object('queue', q.queue, 'lane', q.lane, 'ready', least(q.ready, 10000), 'later', least(q.later, 10000), 'running', q.running,
    'oldest_at', q.oldest, 'capped', q.ready + q.later > 10000) order by q.n)
  from (
    select u.n, u.queue::text as queue, holdpoint.lane_of_queue(u.queue::public.job_queue) as lane,
      w.ready, w.later,
      (select count(*) from public.runs r join public.jobs j on j.id = r.job_id where r.ended_at is null and j.queue = u.queue::public.job_queue) as running,
      w.oldest_at as oldest
    from unnest(array['job', 'priority', 'scheduled', 'report']) with ordinality u(queue, n) cross join lateral holdpoint.count_waiting(u.queue::public.job_queue) w
    union all
    select 4 + u.n, u.queue::text, 'recovery',
      (select count(*) from (select 1 from public.tasks t where t.queue = u.queue::public.task_queue and t.done_at is null and t.due_at <= clock_timestamp() limit 10001) c),
      (select count(*) from (select 1 from public.tasks t where t.queue = u.queue::public.task_queue and t.done_at is null and t.due_at > clock_timestamp() limit 10001) c),
      0, (select min(t.due_at) from public.tasks t where t.queue = u.queue::public.task_queue and t.done_at is null and t.due_at <= clock_timestamp())
    from unnest(array['approval', 'recovery', 'dead-letter', 'quarantine', 'alert']) with ordinality u(queue, n)
  ) q);
end $$;
comment on function public.queue_counts() is 'The nine queues with bounded counts (of a job queue''s first 10,000 waiting jobs, capped says so), under the caller''s row-level security.';

create function public.now_facts() returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform holdpoint.require_operator();
  return (select jsonb_build_object('now', clock_timestamp(),
    'counts', (select jsonb_object_agg(s.state, s.n) from (
      select i.state, i.n from holdpoint.count_inbox() i
      union all select 'running', (select count(*) from (select 1 from public.runs r where r.ended_at is null limit 10001) c)
      union all select 'submitted', (select count(*) from (select 1 from public.jobs j where j.phase = 's' limit 10001) c)
      union all select 'queued', (select least(sum(w.ready + w.later), 10001) from unnest(enum_range(null::public.job_queue)) q cross join lateral holdpoint.count_waiting(q) w)) s),
    'settings', (select to_jsonb(s) from public.settings s),
    'workers', (select coalesce(jsonb_agg(to_jsonb(w) order by w.ended_at is not null, w.started_at desc), '[]') from (
      select * from public.workers w where w.ended_at is null or w.ended_at > clock_timestamp() - interval '1 hour' order by w.ended_at is not null, w.started_at desc limit 50) w),
    'blocks', (select coalesce(jsonb_agg(to_jsonb(b) order by b.since), '[]') from (select * from public.blocks order by since limit 200) b),
    'running', (select coalesce(jsonb_agg(jsonb_build_object('job', holdpoint.job_json(j::public.jobs), 'run_no', r.run_no, 'worker_id', r.worker_id, 'started_at', r.started_at, 'heartbeat_at', r.listed_at,
        'lease_until', r.lease_until, 'progress', r.progress) order by r.started_at), '[]')
      from (select * from public.runs r where r.ended_at is null order by r.started_at limit 20) r join public.jobs j on j.id = r.job_id)));
end $$;
comment on function public.now_facts() is 'What the Now page is computed from, read at one instant (now), with bounded counts (10,001 means more), under the caller''s row-level security.';

-- Ventures ---------------------------------------------------------------------------------------------------------

create function holdpoint.insert_venture(p_request jsonb, p_actor_kind text, p_actor_id text) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare v_id uuid := holdpoint.new_id(); v_key text; v_now timestamptz := clock_timestamp(); v_settings public.settings;
begin
  perform holdpoint.only_fields(p_request, array['key', 'name', 'url', 'repository', 'build_command', 'trusted', 'allow_private_addresses', 'demo']);
  v_key := holdpoint.required_text(p_request, 'key', '^[a-z][a-z0-9-]{1,39}$', 'a key of 2 to 40 characters a-z, 0-9 and -, starting with a letter');
  perform holdpoint.required_text(p_request || jsonb_build_object('name', coalesce(p_request ->> 'name', v_key)), 'name', '^.{1,80}$', 'a name of 1 to 80 characters');
  if p_request ->> 'url' is not null then
    perform holdpoint.required_text(p_request, 'url', '^https?://\S+$', 'an http or https URL');
  end if;
  perform holdpoint.optional_boolean(p_request, f) from unnest(array['trusted', 'allow_private_addresses', 'demo']) f;
  select * into strict v_settings from public.settings;
  insert into public.ventures (key, id, name, url, repository, build_command, trusted, allow_private_addresses, demo, head)
  values (v_key, v_id, coalesce(p_request ->> 'name', v_key), p_request ->> 'url', p_request ->> 'repository', p_request ->> 'build_command',
    coalesce((p_request ->> 'trusted')::boolean, false), coalesce((p_request ->> 'allow_private_addresses')::boolean, false), coalesce((p_request ->> 'demo')::boolean, false),
    holdpoint.first_hash(v_id))
  on conflict (key) do nothing;
  if not found then
    perform holdpoint.fail(409, 'venture_exists', 'There is a venture "' || v_key || '" already.', 'key', 'Keys are immutable; choose another.');
  end if;
  insert into public.limits (scope, key, kind, venture, max) values
    ('venture', v_key, 'concurrency', v_key, v_settings.venture_concurrency),
    ('venture', v_key, 'first_starts', v_key, v_settings.venture_first_starts_per_hour);
  perform holdpoint.append_venture_event(v_key, 'venture.added', p_actor_kind, p_actor_id,
    jsonb_build_object('key', v_key, 'trusted', coalesce((p_request ->> 'trusted')::boolean, false)), v_now);
  return (select to_jsonb(v) - 'head' - 'seq' from public.ventures v where v.key = v_key);
end $$;
comment on function holdpoint.insert_venture(jsonb, text, text) is 'A venture as a request describes it, with its limits and its event: as people are shown it. 400, 409 venture_exists.';

create function public.add_venture(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators;
begin
  v_operator := holdpoint.require_role('fleet', 'admin');
  return holdpoint.insert_venture(p_request, 'operator', v_operator.email);
end $$;
comment on function public.add_venture(jsonb) is 'Adds a venture {key, name?, url?, repository?, build_command?, trusted?, allow_private_addresses?, demo?} with its default limits. Needs admin in fleet. 400, 409 venture_exists.';
