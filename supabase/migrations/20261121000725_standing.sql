-- Holdpoint, part 7g: standing approvals. "This very plan, up to this cost, so often, until this date": admission uses one
-- where a person would be asked. It lends nobody's rights: who signed it must still be one who may approve, at every use.

create table public.standing_approvals (
  id uuid primary key,
  venture public.venture_key not null references public.ventures (key),
  type public.type_name not null,
  type_version int not null,
  -- Null: whoever asks for this plan. Else only what this schedule submits.
  schedule text,
  plan_hash bytea not null,
  plan text not null,
  approval jsonb not null,
  form jsonb,
  until timestamptz not null,
  max_uses int check (max_uses > 0),
  uses int not null default 0,
  budget_microusd bigint not null check (budget_microusd >= 0),
  committed_microusd bigint not null default 0,
  reason text not null,
  made_by text not null,
  made_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  ended_reason text,
  constraint standing_uses check (uses <= coalesce(max_uses, uses)),
  constraint standing_budget check (committed_microusd <= budget_microusd),
  constraint standing_ended check ((ended_at is null) = (ended_by is null))
);
comment on table public.standing_approvals is 'A plan that needs no person each time. committed_microusd: the ceilings of the jobs that used it. Any change of the plan is another hash, which it is not for.';
create index standing_plans on public.standing_approvals (venture, type, plan_hash) where ended_at is null;
alter table public.standing_approvals enable row level security;
create policy members_read on public.standing_approvals for select to authenticated using (venture in (select holdpoint.my_ventures()));

create table public.standing_signatures (
  standing_id uuid not null references public.standing_approvals (id),
  venture public.venture_key not null,
  by_user uuid not null,
  by_email text not null,
  typed text,
  at timestamptz not null,
  primary key (standing_id, by_user)
);
comment on table public.standing_signatures is 'Who signed a standing approval, and what they typed. Where two people must approve, two sign.';
alter table public.standing_signatures enable row level security;
create policy members_read on public.standing_signatures for select to authenticated using (venture in (select holdpoint.my_ventures()));

create function holdpoint.sign_standing_row(p_standing public.standing_approvals, p_operator public.operators, p_typed text, p_at timestamptz) returns void
language plpgsql volatile set search_path = '' as $$
declare v_job public.jobs; v_why text;
begin
  v_job.venture := p_standing.venture; v_job.approval := p_standing.approval;
  v_why := holdpoint.why_not_approver(v_job, p_operator.user_id, p_operator.email);
  if v_why is not null then
    perform holdpoint.fail(403, v_why, 'This approval is for ' || holdpoint.who_must_approve(p_standing.approval, '{}') || '.', null, 'Ask one of them.');
  end if;
  if p_standing.approval ->> 'typed' is not null and p_typed is distinct from p_standing.approval ->> 'typed' then
    perform holdpoint.fail(400, 'confirmation_missing', 'This approval needs the typed confirmation "' || (p_standing.approval ->> 'typed') || '".', 'typed', 'Type exactly: ' || (p_standing.approval ->> 'typed'));
  end if;
  insert into public.standing_signatures (standing_id, venture, by_user, by_email, typed, at)
  values (p_standing.id, p_standing.venture, p_operator.user_id, p_operator.email, p_typed, p_at) on conflict do nothing;
  if not found then
    perform holdpoint.fail(409, 'already_approved', 'You have signed this; ' || holdpoint.who_must_approve(p_standing.approval, array[p_operator.email]) || ' must too.', 'id');
  end if;
end $$;
comment on function holdpoint.sign_standing_row(public.standing_approvals, public.operators, text, timestamptz) is 'A person''s signature under a standing approval, by the rules of the approval it stands for.';

create function holdpoint.standing_json(p public.standing_approvals) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('id', p.id, 'venture', p.venture, 'type', p.type, 'type_version', p.type_version, 'schedule', p.schedule, 'plan_hash', encode(p.plan_hash, 'hex'), 'plan', p.plan,
    'until', p.until, 'max_uses', p.max_uses, 'uses', p.uses, 'budget_microusd', p.budget_microusd, 'committed_microusd', p.committed_microusd, 'reason', p.reason, 'made_by', p.made_by, 'made_at', p.made_at,
    'ended_at', p.ended_at, 'ended_by', p.ended_by, 'ended_reason', p.ended_reason, 'typed', p.approval ->> 'typed',
    'signed_by', (select coalesce(jsonb_agg(s.by_email order by s.at), '[]') from public.standing_signatures s where s.standing_id = p.id),
    'missing', greatest(0, (p.approval ->> 'people')::int - (select count(*) from public.standing_signatures s where s.standing_id = p.id)),
    'state', case when p.ended_at is not null then 'ended' when p.until <= clock_timestamp() then 'over' when p.uses >= p.max_uses then 'used_up'
      when exists (select 1 from public.job_types t where t.name = p.type and t.version > p.type_version) then 'void'
      when (select count(*) from public.standing_signatures s where s.standing_id = p.id) < (p.approval ->> 'people')::int then 'unsigned' else 'stands' end)
$$;
comment on function holdpoint.standing_json(public.standing_approvals) is 'A standing approval as people see it. state: stands, unsigned (a second person must sign), used_up, over (its date), void (the type has a newer version), ended.';

create function public.add_standing(p_job uuid, p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_job public.jobs; v_operator public.operators; v_now timestamptz; v public.standing_approvals; v_until timestamptz; v_plan text;
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  perform holdpoint.only_fields(p_request, array['plan_hash', 'until', 'max_uses', 'budget_microusd', 'only_schedule', 'typed', 'form', 'reason', 'seen']);
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_job := holdpoint.lock_job(p_job, 'approver');
  v_operator := holdpoint.require_role(v_job.venture, 'approver');
  v_now := clock_timestamp();
  select p.body into v_plan from public.plans p where p.job_id = p_job and p.plan_no = v_job.plan_no and p.hash = v_job.plan_hash;
  if not v_job.needs_approval or v_plan is null then
    perform holdpoint.fail(422, 'no_approval_needed', 'Job ' || p_job || ' has no plan that a person must approve.', 'job', 'Name a job that is, or was, held for its approval.');
  end if;
  if p_request ->> 'plan_hash' is distinct from encode(v_job.plan_hash, 'hex') then
    perform holdpoint.fail(409, 'plan_changed', 'The plan of job ' || p_job || ' is another one than the one you saw.', 'plan_hash', 'Read the plan and decide again.');
  end if;
  v_until := holdpoint.optional_time(p_request, 'until');
  if v_until is null or v_until <= v_now or v_until > v_now + interval '366 days' then
    perform holdpoint.fail(400, 'bad_field', 'A standing approval has an end: a time within the next 366 days.', 'until');
  end if;
  if length(trim(coalesce(p_request ->> 'reason', ''))) not between 3 and 500 then
    perform holdpoint.fail(400, 'missing_field', 'A standing approval needs a reason of 3 to 500 characters.', 'reason', 'Say in a few words why nobody need look each time.');
  end if;
  if coalesce(p_request ->> 'max_uses', '1') !~ '^[1-9]\d{0,6}$' then perform holdpoint.fail(400, 'bad_field', 'The number of uses is a whole number from 1.', 'max_uses'); end if;
  if coalesce(p_request ->> 'budget_microusd', '0') !~ '^\d{1,15}$' or (v_job.paid and coalesce((p_request ->> 'budget_microusd')::bigint, 0) < v_job.ceiling_microusd) then
    perform holdpoint.fail(400, 'bad_field', 'Say up to what cost in all; one job of this plan may cost ' || holdpoint.dollars(v_job.ceiling_microusd) || '.', 'budget_microusd');
  end if;
  if holdpoint.optional_boolean(p_request, 'only_schedule') and v_job.submitted_by_kind <> 'schedule' then
    perform holdpoint.fail(422, 'no_schedule', 'Job ' || p_job || ' was not submitted by a schedule.', 'only_schedule');
  end if;
  perform holdpoint.check_attention(v_job, v_operator, p_request ->> 'seen', v_now);
  insert into public.standing_approvals (id, venture, type, type_version, schedule, plan_hash, plan, approval, form, until, max_uses, budget_microusd, reason, made_by, made_at)
  values (holdpoint.new_id(), v_job.venture, v_job.type, v_job.type_version, case when holdpoint.optional_boolean(p_request, 'only_schedule') then v_job.submitted_by_id end, v_job.plan_hash, v_plan,
    holdpoint.approval_of(v_job), holdpoint.check_form(v_job, p_request -> 'form'), v_until, (p_request ->> 'max_uses')::int, coalesce((p_request ->> 'budget_microusd')::bigint, 0),
    trim(p_request ->> 'reason'), v_operator.email, v_now)
  returning * into v;
  perform holdpoint.sign_standing_row(v, v_operator, p_request ->> 'typed', v_now);
  perform holdpoint.append_venture_event(v.venture, 'standing.made', 'operator', v_operator.email, jsonb_build_object('standing', v.id, 'type', v.type, 'plan', encode(v.plan_hash, 'hex'), 'schedule', v.schedule,
    'until', holdpoint.micros(v.until), 'max_uses', v.max_uses, 'budget_microusd', v.budget_microusd, 'reason', v.reason, 'form', encode(holdpoint.form_hash(v.plan_hash, v.form), 'hex')), v_now);
  return holdpoint.standing_json(v);
end $$;
comment on function public.add_standing(uuid, jsonb) is
  'Makes a standing approval of exactly the plan of a job: {plan_hash, until, reason, max_uses?, budget_microusd? (of all uses; a paid plan needs it), only_schedule?, typed?, form?, seen?}. For jobs that are admitted from now on. Needs who may approve the job; where two must, a second one signs. 400, 403, 404 unknown_job, 409 plan_changed, 422 no_approval_needed, no_schedule, details_not_opened.';

create function holdpoint.lock_standing(p_id uuid) returns public.standing_approvals
language plpgsql volatile set search_path = '' as $$
declare v public.standing_approvals;
begin
  select * into v from public.standing_approvals where id = p_id for update;
  if v.id is null or holdpoint.role_in(v.venture) is null then
    perform holdpoint.require_operator();
    perform holdpoint.fail(404, 'unknown_standing', 'There is no standing approval ' || coalesce(p_id::text, '(none given)') || ' that you can see.', 'id', 'List them with: holdpoint approvals standing list');
  end if;
  perform holdpoint.require_role(v.venture, 'approver');
  if v.ended_at is not null then perform holdpoint.fail(409, 'already_ended', v.ended_by || ' has ended this standing approval.', 'id'); end if;
  return v;
end $$;
comment on function holdpoint.lock_standing(uuid) is 'A standing approval that the caller may see, locked. Needs approver. 404 unknown_standing, 409 already_ended.';

create function public.sign_standing(p_id uuid, p_plan_hash text, p_typed text default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v public.standing_approvals; v_operator public.operators; v_now timestamptz;
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v := holdpoint.lock_standing(p_id);
  v_operator := holdpoint.require_role(v.venture, 'approver');
  v_now := clock_timestamp();
  if p_plan_hash is distinct from encode(v.plan_hash, 'hex') then
    perform holdpoint.fail(409, 'plan_changed', 'The standing approval is for another plan than the one you name.', 'plan_hash', 'List them and read the plan.');
  end if;
  perform holdpoint.sign_standing_row(v, v_operator, p_typed, v_now);
  perform holdpoint.append_venture_event(v.venture, 'standing.signed', 'operator', v_operator.email, jsonb_build_object('standing', v.id, 'plan', encode(v.plan_hash, 'hex')), v_now);
  return holdpoint.standing_json(v);
end $$;
comment on function public.sign_standing(uuid, text, text) is 'The second signature where two people must approve. 403 as for an approval, 404 unknown_standing, 409 plan_changed, already_approved, already_ended.';

create function public.end_standing(p_id uuid, p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v public.standing_approvals; v_operator public.operators; v_now timestamptz;
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v := holdpoint.lock_standing(p_id);
  v_operator := holdpoint.require_role(v.venture, 'approver');
  if length(trim(coalesce(p_reason, ''))) < 3 then perform holdpoint.fail(400, 'missing_field', 'Ending it needs a reason of at least three characters.', 'reason', 'Say in a few words why.'); end if;
  v_now := clock_timestamp();
  update public.standing_approvals set ended_at = v_now, ended_by = v_operator.email, ended_reason = left(trim(p_reason), 500) where id = p_id returning * into v;
  perform holdpoint.append_venture_event(v.venture, 'standing.ended', 'operator', v_operator.email, jsonb_build_object('standing', v.id, 'reason', v.ended_reason, 'uses', v.uses), v_now);
  return holdpoint.standing_json(v);
end $$;
comment on function public.end_standing(uuid, text) is 'Ends a standing approval for good; jobs that it has approved and that no worker has claimed are held again at the gate. Open to every approver. 400, 404 unknown_standing, 409 already_ended.';

create function public.list_standing(p_all boolean default false) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform holdpoint.require_operator();
  return (select coalesce(jsonb_agg(holdpoint.standing_json(s) order by s.made_at desc), '[]')
    from (select * from public.standing_approvals o where p_all or o.ended_at is null order by o.made_at desc limit 500) s);
end $$;
comment on function public.list_standing(boolean) is 'Standing approvals, newest first, at most 500, under the caller''s row-level security; those that somebody ended only when asked for.';
