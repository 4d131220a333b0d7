-- Holdpoint, part 7b: decisions. What an approval takes (jobs.approval) is fixed at admission by policy; it is checked
-- here when a person answers, and again by the gate right before a run starts.

-- What an approval takes -------------------------------------------------------------------------------------------

create function holdpoint.approval_of(p_job public.jobs) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('people', 1, 'role', 'approver', 'group', null, 'members', null, 'typed', null, 'expires_ms', null, 'reminder_ms', null, 'covers_retries', false)
    || coalesce(p_job.approval, '{}')
$$;
comment on function holdpoint.approval_of(public.jobs) is 'What an approval of this job takes; DEFAULT_APPROVAL of packages/policy where admission stored nothing.';

create function holdpoint.why_not_approver(p_job public.jobs, p_user uuid, p_email text) returns text
language sql stable set search_path = '' as $$
  select case
    when not exists (select 1 from public.operators o where o.user_id = p_user and o.active) then 'approver_inactive'
    when coalesce((select max(m.role) from public.memberships m where m.user_id = p_user and m.venture in (p_job.venture, 'fleet')) < (r.r ->> 'role')::public.operator_role, true)
      then 'approver_role_too_low'
    when jsonb_typeof(r.r -> 'members') = 'array' and not r.r -> 'members' ? lower(p_email) then 'approver_not_in_group'
    when (r.r ->> 'people')::int > 1 and p_job.submitted_by_kind = 'operator' and lower(p_job.submitted_by_id) = lower(p_email) then 'own_request'
  end
  from (select holdpoint.approval_of(p_job) as r) r
$$;
comment on function holdpoint.why_not_approver(public.jobs, uuid, text) is
  'Why this operator''s approval does not count as things are now; null when it does: active, the role in the venture or fleet, a member of the group, and not who asked where two are needed.';

create function holdpoint.approval_faults(p_job public.jobs, p_at timestamptz)
returns table (id uuid, by_user uuid, by_email text, at timestamptz, fault text)
language sql stable set search_path = '' as $$
  with last as (select d.* from public.decisions d where d.id = p_job.decision_id),
  pair as (select l.* from last l union all select d.* from last l join public.decisions d on d.id = l.completes)
  select b.id, b.by_user, b.by_email, b.at, case
    when b.job_id <> p_job.id or b.verb not in ('approve', 'release') or exists (select 1 from public.decisions u where u.undoes = b.id) then 'not_an_approval'
    when b.plan_hash is distinct from p_job.plan_hash then 'plan_changed'
    when b.form_hash is distinct from holdpoint.form_hash(p_job.plan_hash, b.form) then 'form_changed'
    when b.expires_at <= p_at then 'decision_expired'
    when b.retries_used <> p_job.retries_used and not (holdpoint.approval_of(p_job) ->> 'covers_retries')::boolean then 'retry_not_covered'
    else holdpoint.why_not_approver(p_job, b.by_user, b.by_email) end
  from pair b order by b.at, b.id
$$;
comment on function holdpoint.approval_faults(public.jobs, timestamptz) is
  'The approvals a job refers to (one, or two where two are needed), each with what keeps it from counting now: null when nothing does.';

create function holdpoint.undecided(p_job uuid, out code text, out why text)
language plpgsql volatile set search_path = '' as $$
declare v_job public.jobs; v_faults record; v_people int;
begin
  select * into strict v_job from public.jobs where id = p_job;
  v_people := (holdpoint.approval_of(v_job) ->> 'people')::int;
  select count(distinct f.by_user) filter (where f.fault is null) as standing, count(*) as n,
    (array_agg(f.fault order by f.at) filter (where f.fault is not null))[1] as fault, (array_agg(f.by_email order by f.at) filter (where f.fault is not null))[1] as approver
  into v_faults from holdpoint.approval_faults(v_job, clock_timestamp()) f;
  if v_faults.standing >= v_people then
    if holdpoint.standing_ended(v_job.decision_id) then
      code := 'standing_ended'; why := 'The standing approval that was for this plan has been ended.';
    end if;
    return;
  end if;
  code := coalesce(v_faults.fault, case when v_faults.n = 0 then 'no_decision' else 'second_approval_missing' end);
  why := case code
    when 'no_decision' then 'Nobody has approved this.'
    when 'second_approval_missing' then 'A second person must approve this.'
    when 'plan_changed' then 'The approval of ' || v_faults.approver || ' was for another plan.'
    when 'form_changed' then 'The approval of ' || v_faults.approver || ' was with other values.'
    when 'decision_expired' then 'The approval of ' || v_faults.approver || ' has expired.'
    when 'retry_not_covered' then 'The approval of ' || v_faults.approver || ' was not for a retry.'
    when 'approver_inactive' then v_faults.approver || ', who approved this, is no longer an active operator.'
    when 'approver_role_too_low' then v_faults.approver || ', who approved this, no longer has the role that it takes.'
    when 'approver_not_in_group' then v_faults.approver || ', who approved this, is not in the group that must.'
    when 'own_request' then v_faults.approver || ' can''t approve their own request where two people are asked.'
    else 'What it refers to is not an approval of this job.' end;
end $$;
comment on function holdpoint.undecided(uuid) is
  'What is missing for a job''s decision to stand right now; nulls when it stands: enough different people approved this job with this plan, in time, and each is still an active operator who may. Reads anew at each call (volatile), so that the gate judges after it has the row''s lock.';

create function holdpoint.who_must_approve(p_approval jsonb, p_besides text[]) returns text
language sql immutable set search_path = '' as $$
  select case when cardinality(p_besides) > 0 then 'a second person, ' when (p_approval ->> 'people')::int > 1 then 'two different people, each ' else '' end
    || case p_approval ->> 'role' when 'admin' then 'an admin' else 'an approver' end
    || coalesce(' of the group ' || (p_approval ->> 'group') || ' (' || coalesce((select string_agg(m, ', ' order by m)
        from jsonb_array_elements_text(case jsonb_typeof(p_approval -> 'members') when 'array' then p_approval -> 'members' else '[]' end) m where m <> all (p_besides)), 'nobody') || ')', '')
$$;
comment on function holdpoint.who_must_approve(jsonb, text[]) is 'In words, who must still approve, besides those who have.';

-- Deciding ---------------------------------------------------------------------------------------------------------

create function holdpoint.fail_decided(p_job public.jobs) returns void
language plpgsql stable set search_path = '' as $$
declare v public.decisions;
begin
  select * into v from public.decisions where job_id = p_job.id order by at desc, id desc limit 1;
  if v.id is not null and p_job.state <> 'held' then
    perform holdpoint.fail(409, 'already_decided', v.by_email || ' decided this first: ' || v.verb || ' at ' || to_char(v.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC. The job is ' || p_job.state || '.', 'job');
  end if;
  perform holdpoint.fail(409, 'not_waiting', 'Job ' || p_job.id || ' does not wait for this decision; it is ' || p_job.state || '.', 'job');
end $$;
comment on function holdpoint.fail_decided(public.jobs) is 'Says who decided first, or that the job does not wait for this: always fails, 409 already_decided or not_waiting.';

create function holdpoint.insert_decision(p_job public.jobs, p_operator public.operators, p_verb text, p_reason text, p_expires_at timestamptz, p_undoes uuid, p_completes uuid, p_at timestamptz, p_form jsonb default null, p_standing uuid default null)
returns uuid language plpgsql volatile set search_path = '' as $$
declare v_id uuid := holdpoint.new_id(); v_since timestamptz;
begin
  select e.at into v_since from public.job_events e
  where e.stream = p_job.id and e.type in ('held', 'dead', 'quarantined', 'decision.undone') order by e.seq desc limit 1;
  insert into public.decisions (id, job_id, venture, job_type, verb, plan_hash, by_user, by_email, reason, run_no, retries_used, expires_at, undoes, completes, waited_ms, at, form, form_hash, standing_id)
  values (v_id, p_job.id, p_job.venture, p_job.type, p_verb::public.decision_verb, p_job.plan_hash, p_operator.user_id, p_operator.email, left(p_reason, 500), p_job.run_no,
    p_job.retries_used + case when p_verb = 'release' and p_job.state = 'held' then 1 else 0 end, p_expires_at, p_undoes, p_completes,
    greatest(0, extract(epoch from p_at - coalesce(v_since, p_job.created_at)) * 1000)::bigint, p_at, p_form, holdpoint.form_hash(p_job.plan_hash, p_form), p_standing);
  return v_id;
end $$;
comment on function holdpoint.insert_decision(public.jobs, public.operators, text, text, timestamptz, uuid, uuid, timestamptz, jsonb, uuid) is 'The row of a decision, bound to the plan''s hash and the values; with how long it was waited for.';

create function holdpoint.withdraw_approval(p_job public.jobs, p_operator public.operators, p_reason text, p_at timestamptz) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare v_id uuid; v_seq int;
begin
  v_id := holdpoint.insert_decision(p_job, p_operator, 'undo', p_reason, null, p_job.decision_id, null, p_at);
  update public.jobs set decision_id = null, reason = left(p_reason, 500) where id = p_job.id;
  v_seq := holdpoint.append_job_event(p_job.id, 'decision.withdrawn', 'operator', p_operator.email, null, jsonb_build_object('decision', v_id, 'undoes', p_job.decision_id), p_at);
  perform holdpoint.append_feed(array[p_job.id], array[v_seq], array[p_job.venture::text]);
  return jsonb_build_object('job_id', p_job.id, 'decision_id', v_id, 'state', p_job.state, 'run_at', null, 'undo_until', null, 'missing', null);
end $$;
comment on function holdpoint.withdraw_approval(public.jobs, public.operators, text, timestamptz) is 'Takes back the first of two approvals while the second one is missing.';

create function holdpoint.undo_decision(p_job public.jobs, p_operator public.operators, p_reason text, p_at timestamptz) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare v_last public.decisions; v_id uuid; v_seq int;
begin
  -- Held in a park, it still has the decision that it started on.
  if p_job.state in ('held', 'dead', 'quarantined') and p_job.decision_id is not null and p_job.held_for is distinct from 'park' then
    return holdpoint.withdraw_approval(p_job, p_operator, p_reason, p_at);
  end if;
  select * into v_last from public.decisions where id = p_job.decision_id;
  if p_job.state <> 'queued' or p_job.decided_from is null or v_last.id is null or v_last.run_no <> p_job.run_no then
    perform holdpoint.fail(409, 'too_late_to_undo', case when p_job.state = 'running' then 'A worker has claimed the job already; cancel the run instead.'
      else 'There is no decision on job ' || p_job.id || ' that could still be undone; it is ' || p_job.state || '.' end, 'job');
  end if;
  v_id := holdpoint.insert_decision(p_job, p_operator, 'undo', p_reason, null, v_last.id, null, p_at);
  -- Where two had approved, both must again: nobody's yes stands for what came after an undo.
  update public.jobs j set state = p_job.decided_from, phase = holdpoint.phase_of(p_job.decided_from), decision_id = null, decided_from = null,
    slots = null, waits_for = null, run_at = case j.run_at when holdpoint.never() then p_at else j.run_at end,
    held_for = case when p_job.decided_from = 'held' then case v_last.verb when 'approve' then 'approval' else 'retry' end::public.held_reason end,
    held_until = case when p_job.decided_from = 'held' then greatest(j.held_until, p_at + interval '1 minute') end,
    retries_used = j.retries_used - case when v_last.verb = 'release' and p_job.decided_from = 'held' then 1 else 0 end
  where j.id = p_job.id;
  update public.incidents set resolved_at = null, resolution = null, resolved_by = null, decision_id = null
  where id = (select i.id from public.incidents i where i.job_id = p_job.id and i.subject_kind = 'job' and p_job.decided_from in ('dead', 'quarantined') order by i.created_at desc limit 1);
  v_seq := holdpoint.append_job_event(p_job.id, 'decision.undone', 'operator', p_operator.email, null, jsonb_build_object('decision', v_id, 'undoes', v_last.id, 'state', p_job.decided_from), p_at);
  perform holdpoint.append_feed(array[p_job.id], array[v_seq], array[p_job.venture::text]);
  return jsonb_build_object('job_id', p_job.id, 'decision_id', v_id, 'state', p_job.decided_from, 'run_at', null, 'undo_until', null, 'missing', null);
end $$;
comment on function holdpoint.undo_decision(public.jobs, public.operators, text, timestamptz) is 'Takes back the last decision until a worker has claimed the job, or the first of two approvals. 409 too_late_to_undo.';

create function holdpoint.check_decision(p_job public.jobs, p_verb text, p_plan_hash text, p_at timestamptz) returns void
language plpgsql stable set search_path = '' as $$
begin
  if not (case when p_verb in ('approve', 'reject') then p_job.state = 'held' and p_job.held_for in ('approval', 'park')
    else p_job.state in ('dead', 'quarantined') or (p_job.state = 'held' and p_job.held_for = 'retry') end)
  then
    perform holdpoint.fail_decided(p_job);
  end if;
  if p_job.state = 'held' and p_job.held_until <= p_at then
    perform holdpoint.fail(409, 'expired', 'The time to decide about job ' || p_job.id || ' has run out; nothing will run.', 'job', 'Submit it again.');
  end if;
  if p_verb in ('approve', 'reject') and (p_plan_hash is null or p_plan_hash !~ '^[0-9a-f]{64}$') then
    perform holdpoint.fail(400, 'bad_field', 'A decision names the hash of the plan it is for: 64 hexadecimal digits.', 'plan_hash', 'Show the card again and decide on what it shows.');
  end if;
  if p_plan_hash is not null and p_plan_hash <> encode(p_job.plan_hash, 'hex') then
    perform holdpoint.fail(409, 'plan_changed', 'The plan of job ' || p_job.id || ' is another one than the one you decided on.', 'plan_hash', 'Read the new plan and decide again.');
  end if;
  if p_verb in ('approve', 'release') and p_job.paid and not holdpoint.has_cap(p_job.venture) then
    perform holdpoint.fail(422, 'no_cap_set', 'Paid work can''t start: no spending cap covers the venture ' || p_job.venture || '.', null, 'Set one first (holdpoint caps set), or reject the job.');
  end if;
end $$;
comment on function holdpoint.check_decision(public.jobs, text, text, timestamptz) is 'Does the job wait for this decision, in time, with this plan? The caller holds its row.';

create function holdpoint.check_approver(p_job public.jobs, p_operator public.operators, p_typed text, p_at timestamptz) returns void
language plpgsql stable set search_path = '' as $$
declare v_approval jsonb := holdpoint.approval_of(p_job); v_why text := holdpoint.why_not_approver(p_job, p_operator.user_id, p_operator.email);
begin
  if v_why is not null then
    perform holdpoint.fail(403, v_why, case v_why
      when 'approver_role_too_low' then 'This approval needs the role ' || (v_approval ->> 'role') || ' in ' || p_job.venture || '.'
      when 'approver_not_in_group' then 'This approval is for the group ' || (v_approval ->> 'group') || ', which you are not in.'
      when 'own_request' then 'You asked for this job; where two people must approve, you are none of them.'
      else 'This account is not an active operator.' end, null, 'Ask ' || holdpoint.who_must_approve(v_approval, '{}') || '. Rejecting is open to every approver.');
  end if;
  if exists (select 1 from holdpoint.approval_faults(p_job, p_at) f where f.fault is null and f.by_user = p_operator.user_id) then
    perform holdpoint.fail(409, 'already_approved', 'You have approved this; ' || holdpoint.who_must_approve(v_approval, array[p_operator.email]) || ' must too.', 'job');
  end if;
  if v_approval ->> 'typed' is not null and p_typed is distinct from v_approval ->> 'typed' then
    perform holdpoint.fail(400, 'confirmation_missing', 'This approval needs the typed confirmation "' || (v_approval ->> 'typed') || '".', 'typed', 'Type exactly: ' || (v_approval ->> 'typed'));
  end if;
end $$;
comment on function holdpoint.check_approver(public.jobs, public.operators, text, timestamptz) is
  'May this operator approve this job, now? 403 approver_role_too_low, approver_not_in_group, own_request, 409 already_approved, 400 confirmation_missing.';

create function holdpoint.record_first(p_job public.jobs, p_operator public.operators, p_verb text, p_reason text, p_expires_at timestamptz, p_form jsonb, p_at timestamptz) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare v_id uuid; v_seq int; v_missing text := holdpoint.who_must_approve(holdpoint.approval_of(p_job), array[p_operator.email]);
begin
  v_id := holdpoint.insert_decision(p_job, p_operator, p_verb, p_reason, p_expires_at, null, null, p_at, p_form);
  update public.jobs set decision_id = v_id, reason = p_operator.email || ' approved; missing: ' || v_missing where id = p_job.id;
  v_seq := holdpoint.append_job_event(p_job.id, 'decision.first_of_two', 'operator', p_operator.email, null,
    jsonb_build_object('decision', v_id, 'verb', p_verb, 'plan', encode(p_job.plan_hash, 'hex'), 'reason', left(p_reason, 500), 'missing', v_missing, 'form', encode(holdpoint.form_hash(p_job.plan_hash, p_form), 'hex')), p_at);
  perform holdpoint.insert_alert_task(p_job.venture, p_job.id, 'approval.second_needed', p_job.type || ' in ' || p_job.venture || ' waits for ' || v_missing, p_at);
  perform holdpoint.append_feed(array[p_job.id], array[v_seq], array[p_job.venture::text]);
  return jsonb_build_object('job_id', p_job.id, 'decision_id', v_id, 'state', p_job.state, 'run_at', null, 'undo_until', null, 'missing', v_missing);
end $$;
comment on function holdpoint.record_first(public.jobs, public.operators, text, text, timestamptz, jsonb, timestamptz) is 'The first of two approvals: the job goes on waiting, and says for whom.';

create function holdpoint.apply_decision(p_job public.jobs, p_operator public.operators, p_verb text, p_reason text, p_expires_at timestamptz, p_completes uuid, p_form jsonb, p_at timestamptz) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_id uuid; v_seq int; v_run_at timestamptz;
  v_to public.job_state := case p_verb when 'reject' then 'rejected' when 'discard' then 'discarded' else 'queued' end;
begin
  v_id := holdpoint.insert_decision(p_job, p_operator, p_verb, p_reason, p_expires_at, null, p_completes, p_at, p_form);
  if v_to = 'queued' then
    v_run_at := greatest(p_job.run_at, p_at + case when p_job.urgent then interval '0' else make_interval(secs => (select approval_delay_ms from public.settings) / 1000.0) end);
  end if;
  update public.jobs j set state = v_to, phase = holdpoint.phase_of(v_to), held_for = null,
    dispatch_no = j.dispatch_no + case v_to when 'queued' then 1 else 0 end,
    run_at = coalesce(v_run_at, j.run_at),
    decision_id = case v_to when 'queued' then v_id end, decided_from = case v_to when 'queued' then p_job.state end,
    retries_used = j.retries_used + case when p_verb = 'release' and p_job.state = 'held' then 1 else 0 end,
    reason = left(p_reason, 500), ended_at = case v_to when 'queued' then null else p_at end
  where j.id = p_job.id;
  update public.incidents set resolved_at = p_at, resolution = p_verb, resolved_by = p_operator.email, decision_id = v_id
  where job_id = p_job.id and subject_kind = 'job' and resolved_at is null;
  v_seq := holdpoint.append_job_event(p_job.id, 'decision.' || case p_verb when 'approve' then 'approved' when 'reject' then 'rejected' when 'release' then 'released' else 'discarded' end,
    'operator', p_operator.email, null, jsonb_build_object('decision', v_id, 'plan', encode(p_job.plan_hash, 'hex'), 'reason', left(p_reason, 500), 'state', v_to,
      'run_at', holdpoint.micros(v_run_at), 'completes', p_completes, 'form', encode(holdpoint.form_hash(p_job.plan_hash, p_form), 'hex')), p_at);
  perform holdpoint.append_feed(array[p_job.id], array[v_seq], array[p_job.venture::text]);
  if v_to = 'queued' then perform pg_notify('holdpoint_wake', 'ready'); end if;
  return jsonb_build_object('job_id', p_job.id, 'decision_id', v_id, 'state', v_to, 'run_at', v_run_at, 'undo_until', v_run_at, 'missing', null);
end $$;
comment on function holdpoint.apply_decision(public.jobs, public.operators, text, text, timestamptz, uuid, jsonb, timestamptz) is 'The transition that a decision makes, with its row, its event and the end of the incident. The caller holds the job and has checked.';

create function holdpoint.decide_locked(p_job public.jobs, p_operator public.operators, p_verb text, p_plan_hash text, p_reason text, p_typed text, p_seen text, p_form jsonb, p_at timestamptz) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare v_expires timestamptz; v_first uuid; v_form jsonb; v_asked public.jobs;
begin
  if p_verb = 'undo' then
    return coalesce(holdpoint.undo_request(p_job, p_operator, p_reason, p_at), holdpoint.undo_decision(p_job, p_operator, p_reason, p_at));
  end if;
  v_asked := holdpoint.asked(p_job);
  if p_verb in ('approve', 'reject') and v_asked.plan_hash <> p_job.plan_hash then
    return holdpoint.decide_request(p_job, v_asked, p_operator, p_verb, p_plan_hash, p_reason, p_typed, p_seen, p_form, p_at);
  end if;
  perform holdpoint.check_decision(p_job, p_verb, p_plan_hash, p_at);
  if p_verb = 'discard' then p_reason := holdpoint.required_reason(p_reason, 'Discarding'); end if;
  if p_verb in ('reject', 'discard') then return holdpoint.apply_decision(p_job, p_operator, p_verb, p_reason, null, null, null, p_at); end if;
  perform holdpoint.check_approver(p_job, p_operator, p_typed, p_at);
  perform holdpoint.check_attention(p_job, p_operator, p_seen, p_at);
  v_form := holdpoint.check_form(p_job, p_form);
  v_expires := p_at + make_interval(secs => coalesce((p_job.approval ->> 'expires_ms')::bigint, (select approval_expires_ms from public.settings)) / 1000.0);
  if (holdpoint.approval_of(p_job) ->> 'people')::int > 1 then
    select f.id into v_first from holdpoint.approval_faults(p_job, p_at) f where f.fault is null limit 1;
    if not found then return holdpoint.record_first(p_job, p_operator, p_verb, p_reason, v_expires, v_form, p_at); end if;
    if exists (select 1 from public.decisions d where d.id = v_first and d.form is distinct from v_form) then
      perform holdpoint.fail(409, 'form_differs', 'The first approval was with other values; both must approve the same.', 'form', 'Fill in what the first one did, or take that approval back.');
    end if;
  end if;
  return holdpoint.apply_decision(p_job, p_operator, p_verb, p_reason, v_expires, v_first, v_form, p_at);
end $$;
comment on function holdpoint.decide_locked(public.jobs, public.operators, text, text, text, text, text, jsonb, timestamptz) is
  'What decide() does once it holds the job''s row and knows the operator: also for operations on many jobs, which decide each by itself. p_at was read under the lock.';

create function public.decide(p_job uuid, p_verb text, p_plan_hash text default null, p_reason text default null, p_typed text default null, p_seen text default null, p_form jsonb default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_job public.jobs; v_operator public.operators;
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  if p_verb is null or p_verb not in ('approve', 'reject', 'release', 'discard', 'undo') then
    perform holdpoint.fail(400, 'bad_field', 'The decision "' || left(coalesce(p_verb, ''), 40) || '" is not known.', 'verb', 'One of: approve, reject, release, discard, undo.');
  end if;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_job := holdpoint.lock_job(p_job, 'approver');
  -- Again, under the row's lock: rights may have gone while this call waited for it.
  v_operator := holdpoint.require_role(v_job.venture, 'approver');
  return holdpoint.decide_locked(v_job, v_operator, p_verb, p_plan_hash, p_reason, p_typed, p_seen, p_form, clock_timestamp());
end $$;
comment on function public.decide(uuid, text, text, text, text, text, jsonb) is
  'One decision, once, whatever races: approve or reject a held job (bound to the plan''s hash), release or discard a failed one, undo what no worker has claimed. What an approval takes is jobs.approval; the first of two is recorded and the job goes on waiting (missing says for whom). The second decider of a one-person decision gets 409 already_decided with who was first. Also 409 plan_changed, expired, already_approved, too_late_to_undo, 403 approver_role_too_low, approver_not_in_group, own_request, 400 confirmation_missing, bad_form, 409 form_differs, 422 details_not_opened, no_cap_set. Needs approver; rejecting and discarding are open to every approver.';

create function holdpoint.approval_status(p_job uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v_job public.jobs; v_approval jsonb; v_user uuid := holdpoint.live_operator(); v_email text; v_given jsonb; v_standing text[];
begin
  select * into v_job from public.jobs where id = p_job and venture in (select holdpoint.my_ventures());
  if not found or v_job.state in ('submitted', 'refused') then return null; end if;
  v_job := holdpoint.asked(v_job);
  v_approval := holdpoint.approval_of(v_job);
  select email into v_email from public.operators where user_id = v_user;
  select coalesce(jsonb_agg(jsonb_build_object('decision_id', f.id, 'by', f.by_email, 'at', f.at, 'fault', f.fault, 'form', (select d.form from public.decisions d where d.id = f.id)) order by f.at), '[]'),
    coalesce(array_agg(f.by_email) filter (where f.fault is null), '{}')
  into v_given, v_standing from holdpoint.approval_faults(v_job, clock_timestamp()) f;
  return jsonb_build_object('requirement', v_approval, 'given', v_given,
    'form', coalesce((select w.request::jsonb -> 'form' from public.waits w where w.job_id = p_job and w.request_hash = v_job.plan_hash and w.answered_at is null),
      (select t.form from public.job_types t where t.name = v_job.type and t.version = v_job.type_version)),
    'missing', greatest(0, (v_approval ->> 'people')::int - cardinality(v_standing)),
    'who', holdpoint.who_must_approve(v_approval, v_standing),
    'details_first', holdpoint.wants_details(v_job, v_user, clock_timestamp()),
    'you', case when v_email = any (v_standing) then 'already_approved' else holdpoint.why_not_approver(v_job, v_user, v_email) end);
end $$;
comment on function holdpoint.approval_status(uuid) is
  'What an approval of the job takes, who has given theirs, who is missing, and why the caller''s would not count (you: null when it would). Null for jobs that the caller may not see or that admission has not let pass.';
