-- Holdpoint, part 7.5.1: reading incidents. Everything here runs under the caller's row-level security.

create function public.list_incidents(p_filter jsonb default '{}', p_before uuid default null, p_limit int default 50) returns jsonb
language plpgsql stable set search_path = '' as $$
declare v_limit int := least(greatest(p_limit, 1), 200); v_items jsonb; v_last uuid; v_count int; v_all boolean;
begin
  perform holdpoint.require_operator();
  perform holdpoint.only_fields(p_filter, array['state', 'kind', 'class', 'reason', 'severity', 'type', 'venture', 'all']);
  v_all := holdpoint.optional_boolean(p_filter, 'all');
  select coalesce(jsonb_agg(o.item order by o.id desc), '[]'), (array_agg(o.id order by o.id))[1], count(*) into v_items, v_last, v_count
  from (
    select i.id, to_jsonb(i) || jsonb_build_object('type', j.type, 'job_state', j.state) as item
    from public.incidents i left join public.jobs j on j.id = i.job_id
    where i.id < coalesce(p_before, 'ffffffff-ffff-ffff-ffff-ffffffffffff') and (v_all or i.resolved_at is null)
      and (p_filter ->> 'state' is null or i.state::text = p_filter ->> 'state') and (p_filter ->> 'kind' is null or i.subject_kind = p_filter ->> 'kind')
      and (p_filter ->> 'class' is null or i.error_class::text = p_filter ->> 'class') and (p_filter ->> 'reason' is null or i.reason = p_filter ->> 'reason')
      and (p_filter ->> 'severity' is null or i.severity = p_filter ->> 'severity') and (p_filter ->> 'type' is null or j.type::text = p_filter ->> 'type')
      and (p_filter ->> 'venture' is null or i.venture::text = p_filter ->> 'venture')
    order by i.id desc limit v_limit
  ) o;
  return jsonb_build_object('items', v_items, 'next', case when v_count = v_limit then v_last end);
end $$;
comment on function public.list_incidents(jsonb, uuid, int) is
  'Incidents, newest first: {items, next: pass it as p_before or null}. Filter {state, kind, class, reason, severity, type, venture, all}: without all only those that wait.';

create function holdpoint.job_facts(p_job public.jobs) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('id', p_job.id, 'type', p_job.type, 'type_version', p_job.type_version, 'venture', p_job.venture, 'state', p_job.state,
    'payload', p_job.payload, 'refs', p_job.refs, 'size', p_job.size, 'tier', p_job.tier, 'rule', p_job.rule, 'policy_version', p_job.policy_version,
    'ceiling_microusd', p_job.ceiling_microusd, 'plan_hash', encode(p_job.plan_hash, 'hex'), 'cost_microusd', p_job.cost_microusd,
    'run_no', p_job.run_no, 'retries_used', p_job.retries_used, 'losses', p_job.losses, 'created_at', p_job.created_at, 'ended_at', p_job.ended_at,
    'code_hash', c.code_hash, 'worker', w.name, 'worker_version', w.version, 'host', w.host, 'isolation', w.isolation,
    'started_at', r.started_at, 'run_ended_at', r.ended_at, 'outcome', r.outcome, 'error_class', r.error_class, 'error_message', r.error_message,
    'result_sha256', case when p_job.result is not null then encode(sha256(convert_to(p_job.result::text, 'UTF8')), 'hex') end,
    'steps', (select coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'run_no', s.run_no, 'ms', floor(extract(epoch from s.ended_at - s.started_at) * 1000),
        'result_sha256', encode(sha256(convert_to(coalesce(s.result, 'null')::text, 'UTF8')), 'hex')) order by s.ended_at, s.name), '[]') from public.steps s where s.job_id = p_job.id),
    'effects', (select coalesce(jsonb_agg(jsonb_build_object('key', e.key, 'kind', e.kind, 'outcome', coalesce(e.outcome, case when e.unknown_at is not null then 'unknown' else 'open' end),
        'dry_run', e.dry_run, 'tries', e.tries, 'cost_microusd', e.cost_microusd) order by e.intent_at, e.key), '[]') from public.effects e where e.job_id = p_job.id))
  from (select 1) one
  left join public.runs r on r.job_id = p_job.id and r.run_no = p_job.run_no
  left join public.workers w on w.id = r.worker_id
  left join public.worker_code c on c.worker_id = r.worker_id and c.type = p_job.type
$$;
comment on function holdpoint.job_facts(public.jobs) is 'What of a job can be compared with another: inputs, versions, steps, times, spend, effects, outcome of its last run.';

create function holdpoint.last_success(p_job public.jobs) returns public.jobs
language sql stable set search_path = '' as $$
  select j.* from public.jobs j where j.id = (
    select r.id from (select o.id, o.type, o.venture, o.state from public.jobs o where o.id < p_job.id order by o.id desc limit 10000) r
    where r.type = p_job.type and r.state = 'succeeded' order by r.venture = p_job.venture desc, r.id desc limit 1)
$$;
comment on function holdpoint.last_success(public.jobs) is 'The latest job of the same type before this one that succeeded, of its venture if there is one; looks at the 10,000 jobs before it.';

create function public.job_comparison(p_job uuid, p_other uuid default null) returns jsonb
language plpgsql stable set search_path = '' as $$
declare v_job public.jobs; v_other public.jobs;
begin
  perform holdpoint.require_operator();
  select * into v_job from public.jobs j where j.id = p_job;
  if not found then perform holdpoint.fail(404, 'unknown_job', 'There is no job ' || coalesce(p_job::text, '(none given)') || ' that you can see.', 'job', 'List them with: holdpoint jobs list'); end if;
  if p_other is null then
    v_other := holdpoint.last_success(v_job);
  else
    select * into v_other from public.jobs j where j.id = p_other;
    if not found then perform holdpoint.fail(404, 'unknown_job', 'There is no job ' || p_other || ' that you can see.', 'other', 'List them with: holdpoint jobs list'); end if;
  end if;
  return jsonb_build_object('job', holdpoint.job_facts(v_job), 'other', case when v_other.id is not null then holdpoint.job_facts(v_other) end);
end $$;
comment on function public.job_comparison(uuid, uuid) is
  'The facts of two jobs side by side: {job, other}. Without p_other: the last one of its type that succeeded before it (null: none did). 404 unknown_job.';

create function public.incident_pack(p_incident uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
declare v public.incidents; v_job public.jobs; v_last public.jobs;
begin
  perform holdpoint.require_operator();
  select * into v from public.incidents i where i.id = p_incident;
  if not found then
    -- By the job's id too: its own latest incident, or else the latest of what its runs found.
    select * into v from public.incidents i where i.job_id = p_incident order by i.subject_kind = 'job' desc, i.created_at desc limit 1;
  end if;
  if v.id is null then
    perform holdpoint.fail(404, 'unknown_incident', 'There is no incident ' || coalesce(p_incident::text, '(none given)') || ' that you can see.', 'incident', 'List them with: holdpoint incidents list');
  end if;
  select * into v_job from public.jobs j where j.id = v.job_id;
  if v_job.id is not null then v_last := holdpoint.last_success(v_job); end if;
  return jsonb_build_object('incident', to_jsonb(v) || jsonb_build_object('type', v_job.type, 'job_state', v_job.state), 'now', clock_timestamp(),
    'job', case when v_job.id is not null then holdpoint.job_json(v_job) || jsonb_build_object('payload', v_job.payload) end,
    'facts', case when v_job.id is not null then holdpoint.job_facts(v_job) end,
    'last_good', case when v_last.id is not null then holdpoint.job_facts(v_last) end,
    'last_good_artifacts', (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'bytes', a.bytes, 'sha256', a.sha256) order by a.name), '[]') from public.artifacts a where a.job_id = v_last.id and a.venture = v.venture),
    'plan', (select jsonb_build_object('plan_no', p.plan_no, 'hash', encode(p.hash, 'hex'), 'body', p.body) from public.plans p where p.job_id = v_job.id order by p.plan_no desc limit 1),
    'type', (select jsonb_build_object('name', t.name, 'version', t.version, 'code_hash', t.code_hash, 'effect_kinds', t.effect_kinds) from public.job_types t where t.name = v_job.type order by t.version desc limit 1),
    'runs', (select coalesce(jsonb_agg(jsonb_build_object('run_no', r.run_no, 'worker', w.name, 'worker_version', w.version, 'code_hash', c.code_hash, 'started_at', r.started_at, 'ended_at', r.ended_at,
        'outcome', r.outcome, 'cause', r.cause, 'error_class', r.error_class, 'error_message', r.error_message, 'cost_microusd', r.cost_microusd) order by r.run_no desc), '[]')
      from (select * from public.runs r where r.job_id = v_job.id order by r.run_no desc limit 20) r left join public.workers w on w.id = r.worker_id left join public.worker_code c on c.worker_id = r.worker_id and c.type = v_job.type),
    'effects', (select coalesce(jsonb_agg(jsonb_build_object('key', e.key, 'kind', e.kind, 'settle', e.settle, 'run_no', e.run_no, 'intent_at', e.intent_at, 'settled_at', e.settled_at, 'outcome', e.outcome,
        'unknown', e.unknown_at is not null, 'dry_run', e.dry_run, 'receipt', e.receipt, 'max_microusd', e.max_microusd, 'cost_microusd', e.cost_microusd) order by e.intent_at), '[]') from public.effects e where e.job_id = v_job.id),
    'log', (select coalesce(jsonb_agg(jsonb_build_object('run_no', l.run_no, 'stream', l.stream, 'text', right(l.text, 4000)) order by l.run_no, l.chunk_no), '[]')
      from (select * from public.run_logs l where l.job_id = v_job.id and l.run_no = coalesce(v.run_no, v_job.run_no) order by l.chunk_no desc limit 3) l),
    'decisions', (select coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'verb', d.verb, 'by', d.by_email, 'reason', d.reason, 'at', d.at) order by d.at, d.id), '[]') from public.decisions d where d.job_id = v_job.id),
    'links', holdpoint.job_links(v_job.id));
end $$;
comment on function public.incident_pack(uuid) is
  'All that is known about one incident (or, by a job''s id, its latest): the record, what ran, inputs, attempts, last log lines, effects and receipts, cost, and the facts of the last job of its type that succeeded. 404 unknown_incident.';
