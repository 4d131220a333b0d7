-- Holdpoint, part 7b: the policy as data. A version is written once, when an admin activates it; admission reads the active one.

create table public.policies (
  version int primary key check (version > 0),
  source text not null check (octet_length(source) <= 262144),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  document jsonb not null check (jsonb_typeof(document) = 'object'),
  reason text check (length(reason) <= 2000),
  activated_by text not null,
  activated_at timestamptz not null
);
comment on table public.policies is 'Every policy that was ever in force: the text as it was written, and the same as JSON. settings.policy_version names the active one. Rows are never edited.';
alter table public.policies enable row level security;
create policy operators_read on public.policies for select to authenticated using ((select holdpoint.live_operator()) is not null);

insert into public.policies (version, source, sha256, document, reason, activated_by, activated_at)
select 1, s.source, encode(sha256(convert_to(s.source, 'UTF8')), 'hex'), '{"format": 1, "rules": []}', 'The built-in rules.', 'holdpoint', clock_timestamp()
from (select E'# The built-in rules and nothing else.\nformat: 1\nrules: []\n' as source) s;

-- What admission asks ----------------------------------------------------------------------------------------------

create function holdpoint.read_policy(p_worker uuid, p_key text, p_known int) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  return (select jsonb_build_object('version', s.policy_version)
      || case when s.policy_version is distinct from p_known then jsonb_build_object('source', p.source, 'document', p.document) else '{}' end
    from public.settings s left join public.policies p on p.version = s.policy_version);
end $$;
comment on function holdpoint.read_policy(uuid, text, int) is
  'The active policy {version, source, document}; without source and document when the caller knows that version already. A null source: the version is missing, and nothing may be decided.';

create function holdpoint.put_off_admission(p_worker uuid, p_key text, p_ids uuid[], p_delay_ms int, p_reason text) returns int
language plpgsql volatile security definer set search_path = '' set enable_partition_pruning = off as $$
declare v_count int;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  with l as materialized (select j.id from public.jobs j where j.id = any (p_ids) and j.state = 'submitted' order by j.id for no key update)
  update public.jobs j set admit_at = clock_timestamp() + make_interval(secs => p_delay_ms / 1000.0), reason = p_reason from l where j.id = l.id;
  get diagnostics v_count = row_count;
  return v_count;
end $$;
comment on function holdpoint.put_off_admission(uuid, text, uuid[], int, text) is 'Nobody can decide now, through no fault of the jobs (the policy can''t be read): they stay submitted and say why. No event, and no try is counted.';

create function holdpoint.readmit_older_holds(p_version int, p_actor_kind text, p_actor_id text, p_max int) returns int
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v_ids uuid[];
begin
  select array_agg(l.id order by l.id) into v_ids
  from (
    select j.id from public.jobs j
    where j.state = 'held' and j.held_for = 'approval' and j.run_no = 0 and j.policy_version < p_version
    order by j.id limit p_max for no key update
  ) l;
  if v_ids is null then return 0; end if;
  return holdpoint.readmit_jobs(v_ids, 'policy_moved', p_actor_kind, p_actor_id, clock_timestamp());
end $$;
comment on function holdpoint.readmit_older_holds(int, text, text, int) is
  'Jobs that wait for an approval which an older policy asked for, and have not started, go back to admission: their old plans can''t be approved any more. Returns how many; the caller holds the control lock.';

create function holdpoint.readmit_held(p_worker uuid, p_key text, p_max int) returns int
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  return holdpoint.readmit_older_holds((select s.readmit_floor from public.settings s), 'worker', p_worker::text, least(p_max, 1000));
end $$;
comment on function holdpoint.readmit_held(uuid, text, int) is 'The rest of what an activation began: up to p_max holds of older policies go back to admission. 0: none is left.';

-- What people do ---------------------------------------------------------------------------------------------------

create function public.activate_policy(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_source text; v_settings public.settings; v_version int; v_sha text; v_now timestamptz; v_readmitted int;
begin
  perform holdpoint.only_fields(p_request, array['source', 'document', 'over', 'reason']);
  v_operator := holdpoint.require_role('fleet', 'admin');
  v_source := p_request ->> 'source';
  if coalesce(jsonb_typeof(p_request -> 'source'), 'null') <> 'string' or octet_length(v_source) > 262144 then
    perform holdpoint.fail(400, 'bad_field', 'The policy''s text is missing or larger than 256 kB.', 'source');
  end if;
  if jsonb_typeof(p_request -> 'document') is distinct from 'object' or p_request #>> '{document,format}' is distinct from '1' then
    perform holdpoint.fail(400, 'bad_policy', 'The policy''s document must be an object of format 1.', 'document', 'Activate it with: holdpoint policy activate FILE');
  end if;
  if coalesce(jsonb_typeof(p_request -> 'reason'), 'null') not in ('string', 'null') or length(p_request ->> 'reason') > 2000 then
    perform holdpoint.fail(400, 'bad_field', 'A reason is a text of at most 2,000 characters.', 'reason');
  end if;
  if jsonb_typeof(p_request -> 'over') is distinct from 'number' then
    perform holdpoint.fail(400, 'missing_field', 'Name the version that this policy was compared with.', 'over', 'It is the active one: holdpoint policy list');
  end if;
  -- Alone: an admission in flight, by the older policy, is stored before this and is looked at below.
  perform pg_advisory_xact_lock(holdpoint.control_lock());
  select * into strict v_settings from public.settings;
  if (p_request ->> 'over')::numeric is distinct from v_settings.policy_version then
    perform holdpoint.fail(409, 'policy_moved', 'The active policy is version ' || v_settings.policy_version || ' by now.', 'over', 'Simulate against it, and activate again.');
  end if;
  v_sha := encode(sha256(convert_to(v_source, 'UTF8')), 'hex');
  if exists (select 1 from public.policies p where p.version = v_settings.policy_version and p.sha256 = v_sha) then
    perform holdpoint.fail(409, 'already_active', 'This very policy is active, as version ' || v_settings.policy_version || '.', 'source');
  end if;
  v_now := clock_timestamp();
  select max(p.version) + 1 into v_version from public.policies p;
  insert into public.policies (version, source, sha256, document, reason, activated_by, activated_at)
  values (v_version, v_source, v_sha, p_request -> 'document', p_request ->> 'reason', v_operator.email, v_now);
  update public.settings set policy_version = v_version, readmit_floor = v_version;
  v_readmitted := holdpoint.readmit_older_holds(v_version, 'operator', v_operator.email, 500);
  perform holdpoint.append_venture_event('fleet', 'policy.activated', 'operator', v_operator.email,
    jsonb_build_object('version', v_version, 'over', v_settings.policy_version, 'sha256', v_sha, 'readmitted', v_readmitted, 'reason', p_request ->> 'reason'), v_now);
  perform pg_notify('holdpoint_wake', 'submit');
  return jsonb_build_object('version', v_version, 'over', v_settings.policy_version, 'sha256', v_sha, 'readmitted', v_readmitted, 'activated_at', v_now);
end $$;
comment on function public.activate_policy(jsonb) is
  'Makes {source, document, over, reason?} the next version of the policy and the active one, with its event, in one transaction: {version, over, sha256, readmitted, activated_at}. Jobs that an older version admitted and that have not started go back to admission: held ones now (the first 500; the fleet does the rest), queued ones when they are claimed. Needs admin in fleet. 400, 409 policy_moved (over is not the active version any more), 409 already_active.';

create function holdpoint.id_floor(p_at timestamptz) returns uuid
language sql immutable set search_path = '' as $$
  select encode(substring(int8send(greatest(extract(epoch from p_at) * 1000, 0)::bigint) from 3) || '\x00000000000000000000'::bytea, 'hex')::uuid
$$;
comment on function holdpoint.id_floor(timestamptz) is 'The smallest UUIDv7 of a millisecond: where the ids that were made since then begin.';

create function public.policy_history(p_since timestamptz, p_before uuid default null, p_limit int default 20000) returns jsonb
language plpgsql stable security definer set search_path = '' set jit = off as $$
declare v_limit int := least(greatest(p_limit, 1), 50000); v_since uuid := holdpoint.id_floor(p_since); v_seen int; v_last uuid; v_classes jsonb;
begin
  perform holdpoint.require_role('fleet', 'viewer');
  with page as materialized (
    select j.id, j.type, j.type_version, j.venture, j.urgent, j.submitted_by_kind, j.estimate_microusd, j.ceiling_microusd, j.cost_microusd, j.rule, j.approval,
      case when j.state = 'refused' then 'refused' when j.tier is null or j.state = 'submitted' then null when j.needs_approval then 'held' else 'queued' end as decision
    from public.jobs j where j.id >= v_since and j.id < coalesce(p_before, 'ffffffff-ffff-ffff-ffff-ffffffffffff') order by j.id desc limit v_limit
  )
  select (select count(*) from page), (select p.id from page p order by p.id limit 1), jsonb_build_object(
    'type', coalesce(jsonb_agg(c.type), '[]'), 'type_version', coalesce(jsonb_agg(c.type_version), '[]'), 'venture', coalesce(jsonb_agg(c.venture), '[]'),
    'urgent', coalesce(jsonb_agg(c.urgent), '[]'), 'submitted_by_kind', coalesce(jsonb_agg(c.submitted_by_kind), '[]'),
    'estimate_microusd', coalesce(jsonb_agg(c.estimate_microusd), '[]'), 'ceiling_microusd', coalesce(jsonb_agg(c.ceiling_microusd), '[]'),
    'decision', coalesce(jsonb_agg(c.decision), '[]'), 'rule', coalesce(jsonb_agg(c.rule), '[]'), 'approval', coalesce(jsonb_agg(c.approval), '[]'),
    'jobs', coalesce(jsonb_agg(c.jobs), '[]'), 'cost_microusd', coalesce(jsonb_agg(c.cost), '[]'), 'ids', coalesce(jsonb_agg(to_jsonb(c.ids[1:100])), '[]'))
  into v_seen, v_last, v_classes
  from (
    select p.type, p.type_version, p.venture, p.urgent, p.submitted_by_kind, p.estimate_microusd, p.ceiling_microusd, p.decision, p.rule, p.approval,
      count(*) as jobs, sum(p.cost_microusd) as cost, array_agg(p.id order by p.id desc) as ids
    from page p where p.decision is not null and not exists (select 1 from public.ventures v where v.key = p.venture and v.demo)
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  ) c;
  return jsonb_build_object('seen', v_seen, 'next', case when v_seen = v_limit then v_last end, 'classes', v_classes);
end $$;
comment on function public.policy_history(timestamptz, uuid, int) is
  'What was decided about the jobs submitted since then, newest first, in pages: {seen, next: pass it as p_before or null, classes}. classes is an object of lists, one element per class: all jobs of the page with the same facts, with their number, what they cost, and the ids of the newest 100. Demo ventures, and jobs that admission has not decided, are left out. Needs viewer in fleet.';
