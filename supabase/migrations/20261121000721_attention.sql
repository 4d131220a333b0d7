-- Holdpoint, part 7c: what keeps people's decisions worth something. Comments on jobs, friction after a run of quick
-- approvals, measures of how decisions are made, and a limit on how many approvals one venture may ask for at once.

create table public.comments (
  id uuid primary key,
  job_id uuid not null,
  venture public.venture_key not null,
  by_user uuid not null,
  by_email text not null,
  text text not null check (length(text) between 1 and 4000),
  at timestamptz not null
);
comment on table public.comments is 'What people say about a job. The job''s stream keeps the sha256 of the text, never the text.';
create index comments_job on public.comments (job_id, id);
alter table public.comments enable row level security;
create policy members_read on public.comments for select to authenticated using (venture in (select holdpoint.my_ventures()));

create table holdpoint.opened_details (
  user_id uuid not null,
  job_id uuid not null,
  plan_hash bytea,
  at timestamptz not null,
  primary key (user_id, job_id)
);
alter table holdpoint.opened_details enable row level security;
comment on table holdpoint.opened_details is 'Who opened the details of which plan, and when; kept for an hour.';

create table holdpoint.approval_floods (
  venture public.venture_key primary key,
  since timestamptz not null
);
alter table holdpoint.approval_floods enable row level security;
comment on table holdpoint.approval_floods is 'Ventures that ask for more approvals than may be open at once: an alert was raised when the row came.';

-- Comments ---------------------------------------------------------------------------------------------------------

create function public.add_comment(p_job uuid, p_text text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_job public.jobs; v_operator public.operators; v_id uuid := holdpoint.new_id(); v_seq int; v_now timestamptz; v_text text := trim(coalesce(p_text, ''));
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  if length(v_text) not between 1 and 4000 then
    perform holdpoint.fail(400, 'bad_field', 'A comment has 1 to 4000 characters.', 'text');
  end if;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_job := holdpoint.lock_job(p_job, 'approver');
  v_operator := holdpoint.require_role(v_job.venture, 'approver');
  v_now := clock_timestamp();
  insert into public.comments (id, job_id, venture, by_user, by_email, text, at) values (v_id, p_job, v_job.venture, v_operator.user_id, v_operator.email, v_text, v_now);
  v_seq := holdpoint.append_job_event(p_job, 'comment', 'operator', v_operator.email, null,
    jsonb_build_object('comment', v_id, 'sha256', encode(sha256(convert_to(v_text, 'UTF8')), 'hex')), v_now);
  perform holdpoint.append_feed(array[p_job], array[v_seq], array[v_job.venture::text]);
  return jsonb_build_object('id', v_id, 'job_id', p_job, 'by', v_operator.email, 'text', v_text, 'at', v_now);
end $$;
comment on function public.add_comment(uuid, text) is 'Adds to the thread of a job, in any state: {id, job_id, by, text, at}. Needs approver. 400, 404 unknown_job.';

-- Attention --------------------------------------------------------------------------------------------------------

create function public.open_details(p_job uuid) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_job public.jobs; v_operator public.operators; v_now timestamptz := clock_timestamp();
begin
  select * into v_job from public.jobs where id = p_job and venture in (select holdpoint.my_ventures());
  if not found then
    perform holdpoint.require_operator();
    perform holdpoint.fail(404, 'unknown_job', 'There is no job ' || coalesce(p_job::text, '(none given)') || ' that you can see.', 'job', 'List them with: holdpoint jobs list');
  end if;
  v_operator := holdpoint.require_role(v_job.venture, 'approver');
  v_job := holdpoint.asked(v_job);
  delete from holdpoint.opened_details where user_id = v_operator.user_id and at < v_now - interval '1 hour';
  insert into holdpoint.opened_details (user_id, job_id, plan_hash, at) values (v_operator.user_id, p_job, v_job.plan_hash, v_now)
  on conflict (user_id, job_id) do update set plan_hash = excluded.plan_hash, at = excluded.at;
  return jsonb_build_object('job_id', p_job, 'plan_hash', encode(v_job.plan_hash, 'hex'), 'at', v_now);
end $$;
comment on function public.open_details(uuid) is
  'Records that the signed-in operator has opened the details of a job''s present plan: {job_id, plan_hash, at}. Stands for an hour. Needs approver. 404 unknown_job.';

create function holdpoint.wants_details(p_job public.jobs, p_user uuid, p_at timestamptz) returns boolean
language sql stable set search_path = '' as $$
  select (p_job.ceiling_microusd > 0
      or exists (select 1 from public.job_types t where t.name = p_job.type and t.version = p_job.type_version and cardinality(t.effect_kinds) > 0))
    and (select count(*) from (select 1 from public.decisions d where d.by_user = p_user and d.at > p_at - make_interval(secs => s.quick_window_ms / 1000.0) and d.standing_id is null
      and d.verb in ('approve', 'release') limit s.quick_approvals) q) >= s.quick_approvals
  from public.settings s
$$;
comment on function holdpoint.wants_details(public.jobs, uuid, timestamptz) is
  'Has this person just approved so many jobs (settings.quick_approvals in quick_window_ms) that the details of one with effects or cost must be opened first?';

create function holdpoint.check_attention(p_job public.jobs, p_operator public.operators, p_seen text, p_at timestamptz) returns void
language plpgsql stable set search_path = '' as $$
begin
  if not holdpoint.wants_details(p_job, p_operator.user_id, p_at) then return; end if;
  if p_seen is distinct from encode(p_job.plan_hash, 'hex') or not exists (select 1 from holdpoint.opened_details o
    where o.user_id = p_operator.user_id and o.job_id = p_job.id and o.plan_hash = p_job.plan_hash and o.at > p_at - interval '1 hour')
  then
    perform holdpoint.fail(422, 'details_not_opened', 'You have approved much in a short time, and this job does something outside or costs money: open its details first.',
      'seen', 'Open the plan on the card, or run: holdpoint approvals show ' || p_job.id);
  end if;
end $$;
comment on function holdpoint.check_attention(public.jobs, public.operators, text, timestamptz) is
  'After a run of quick approvals: were the details of exactly this plan opened? p_seen is the plan hash that open_details() answered with. 422 details_not_opened.';

create function public.decision_measures(p_days int default 30) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform holdpoint.require_operator();
  if p_days is null or p_days not between 1 and 366 then
    perform holdpoint.fail(400, 'bad_field', 'The number of days must be from 1 to 366.', 'days');
  end if;
  return (
    with d as (
      select d.* from public.decisions d where d.at > clock_timestamp() - make_interval(days => p_days) and d.verb <> 'undo' and d.standing_id is null order by d.at desc limit 10000
    ), g as (
      select d.venture, d.job_type, count(*) as n, count(*) filter (where d.verb in ('approve', 'release')) as yes,
        count(*) filter (where d.waited_ms < 10000) as under_10s, count(distinct d.by_user) as people,
        (percentile_cont(0.5) within group (order by d.waited_ms))::bigint as median_ms, (percentile_cont(0.9) within group (order by d.waited_ms))::bigint as p90_ms
      from d group by d.venture, d.job_type
    )
    select jsonb_build_object('days', p_days, 'cut', (select count(*) from d) >= 10000, 'items', coalesce(jsonb_agg(jsonb_build_object('venture', g.venture, 'type', g.job_type,
      'decided', g.n, 'approved', g.yes, 'approve_rate', round(g.yes::numeric / g.n, 3), 'median_ms', g.median_ms, 'p90_ms', g.p90_ms, 'under_10s', g.under_10s, 'people', g.people)
      order by g.n desc, g.venture, g.job_type), '[]'))
    from g);
end $$;
comment on function public.decision_measures(int) is
  'How people decide, per venture and job type, from at most the latest 10,000 decisions of so many days, under the caller''s row-level security: how many, approve rate (near 1 is a sign of fatigue), time from being held to the answer (median, 90th percentile, under ten seconds).';

-- Floods -----------------------------------------------------------------------------------------------------------

create function holdpoint.put_off_flood(p_worker uuid, p_ids uuid[], p_decisions text[], p_at timestamptz) returns text[]
language plpgsql volatile set search_path = '' as $$
declare v record; v_max int; v_open int; v_over uuid[]; v_out text[] := p_decisions;
begin
  select max_open_approvals into v_max from public.settings;
  for v in
    select j.venture::text as key, array_agg(u.id order by u.n) as ids from unnest(p_ids, p_decisions) with ordinality u(id, decision, n)
    join public.jobs j on j.id = u.id and j.state = 'submitted' where u.decision = 'held' group by j.venture order by j.venture
  loop
    -- One at a time counts what is open in a venture. After the control lock, before the jobs' rows.
    perform pg_advisory_xact_lock(hashtextextended('approvals/' || v.key, 0));
    select count(*) into v_open from (select 1 from public.jobs j where j.state = 'held' and j.venture = v.key limit v_max) o;
    v_over := v.ids[greatest(v_max - v_open, 0) + 1:];
    if v_open + cardinality(v.ids) <= v_max * 9 / 10 then
      delete from holdpoint.approval_floods where venture = v.key;
    end if;
    continue when cardinality(v_over) = 0;
    update public.jobs j set admit_at = p_at + interval '30 seconds' * (0.5 + random()),
      reason = 'So many approvals are open in ' || v.key || ' already (' || v_max || '); it is asked for when some are decided.'
    where j.id = any (v_over) and j.state = 'submitted';
    v_out := array(select case when u.id = any (v_over) then 'later' else u.decision end from unnest(p_ids, v_out) with ordinality u(id, decision, n) order by u.n);
    insert into holdpoint.approval_floods (venture, since) values (v.key, p_at) on conflict do nothing;
    if found then
      perform holdpoint.append_venture_event(v.key, 'approvals.flooded', 'worker', p_worker::text, jsonb_build_object('open', v_open, 'max', v_max), p_at);
      perform holdpoint.insert_alert_task(v.key, null, 'approvals.flooded', 'More than ' || v_max || ' approvals are asked for at once in ' || v.key, p_at);
    end if;
  end loop;
  return v_out;
end $$;
comment on function holdpoint.put_off_flood(uuid, uuid[], text[], timestamptz) is
  'The decisions with ''later'' in place of ''held'' where a venture has as many open approvals as it may (settings.max_open_approvals): those jobs stay submitted, with that reason, and are looked at again in half a minute. One event and one alert a flood, which is over when a tenth is free.';
