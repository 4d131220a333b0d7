-- Holdpoint, part 7f: people's answers to what a run asks. Same rules as for plans (part 7b), bound to the hash of the
-- plan's hash and the request; the answer is for that one call, and the decision that the job started on stays.

create function holdpoint.decide_request(p_job public.jobs, p_asked public.jobs, p_operator public.operators, p_verb text, p_hash text, p_reason text, p_typed text, p_seen text, p_form jsonb, p_at timestamptz)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare w public.waits; v_form jsonb; v_expires timestamptz; v_first uuid;
begin
  select * into strict w from public.waits o where o.job_id = p_job.id and o.kind = 'approval' and o.answered_at is null;
  if w.until <= p_at or (p_job.state = 'held' and p_job.held_until <= p_at) then
    perform holdpoint.fail(409, 'expired', 'The time to answer what job ' || p_job.id || ' asks has run out.', 'job');
  end if;
  if p_hash is null or p_hash !~ '^[0-9a-f]{64}$' then
    perform holdpoint.fail(400, 'bad_field', 'A decision names the hash of what it is for: 64 hexadecimal digits.', 'plan_hash', 'Show the card again and decide on what it shows.');
  end if;
  if p_hash <> encode(w.request_hash, 'hex') then
    perform holdpoint.fail(409, 'plan_changed', 'Job ' || p_job.id || ' asks something else than what you decided on.', 'plan_hash', 'Read what it asks now and decide again.');
  end if;
  if p_verb = 'reject' then return holdpoint.answer_request(p_job, p_asked, w, p_operator, p_verb, p_reason, null, null, null, p_at); end if;
  perform holdpoint.check_approver(p_asked, p_operator, p_typed, p_at);
  perform holdpoint.check_attention(p_asked, p_operator, p_seen, p_at);
  v_form := holdpoint.check_fields(w.request::jsonb -> 'form', p_form);
  v_expires := p_at + make_interval(secs => coalesce((w.approval ->> 'expires_ms')::bigint, (select approval_expires_ms from public.settings)) / 1000.0);
  if (w.approval ->> 'people')::int > 1 then
    select f.id into v_first from holdpoint.approval_faults(p_asked, p_at) f where f.fault is null limit 1;
    if not found then return holdpoint.record_first_answer(p_asked, w, p_operator, p_reason, v_expires, v_form, p_at); end if;
    if exists (select 1 from public.decisions d where d.id = v_first and d.form is distinct from v_form) then
      perform holdpoint.fail(409, 'form_differs', 'The first approval was with other values; both must approve the same.', 'form', 'Fill in what the first one did, or take that approval back.');
    end if;
  end if;
  return holdpoint.answer_request(p_job, p_asked, w, p_operator, p_verb, p_reason, v_expires, v_first, v_form, p_at);
end $$;
comment on function holdpoint.decide_request(public.jobs, public.jobs, public.operators, text, text, text, text, text, jsonb, timestamptz) is
  'approve or reject what a run asks. p_asked is asked(p_job). On a job that is not held yet (its run is about to park, or was lost) the answer is only recorded; settle, or the next run''s call, acts on it.';

create function holdpoint.record_first_answer(p_asked public.jobs, p_wait public.waits, p_operator public.operators, p_reason text, p_expires_at timestamptz, p_form jsonb, p_at timestamptz) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare v_id uuid; v_seq int; v_missing text := holdpoint.who_must_approve(p_wait.approval, array[p_operator.email]);
begin
  v_id := holdpoint.insert_decision(p_asked, p_operator, 'approve', p_reason, p_expires_at, null, null, p_at, p_form);
  update public.waits set decision_id = v_id where job_id = p_wait.job_id and type_version = p_wait.type_version and call = p_wait.call;
  v_seq := holdpoint.append_job_event(p_asked.id, 'decision.first_of_two', 'operator', p_operator.email, null,
    jsonb_build_object('decision', v_id, 'call', p_wait.call, 'plan', encode(p_wait.request_hash, 'hex'), 'reason', left(p_reason, 500), 'missing', v_missing, 'form', encode(holdpoint.form_hash(p_wait.request_hash, p_form), 'hex')), p_at);
  perform holdpoint.insert_alert_task(p_asked.venture, p_asked.id, 'approval.second_needed', p_asked.type || ' in ' || p_asked.venture || ' waits for ' || v_missing, p_at);
  perform holdpoint.append_feed(array[p_asked.id], array[v_seq], array[p_asked.venture::text]);
  return jsonb_build_object('job_id', p_asked.id, 'decision_id', v_id, 'state', p_asked.state, 'run_at', null, 'undo_until', null, 'missing', v_missing);
end $$;
comment on function holdpoint.record_first_answer(public.jobs, public.waits, public.operators, text, timestamptz, jsonb, timestamptz) is 'The first of two approvals of what a run asks: it goes on waiting, and says for whom.';

create function holdpoint.answer_request(p_job public.jobs, p_asked public.jobs, p_wait public.waits, p_operator public.operators, p_verb text, p_reason text, p_expires_at timestamptz, p_completes uuid, p_form jsonb, p_at timestamptz)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_id uuid; v_seq int; v_run_at timestamptz; v_yes boolean := p_verb = 'approve';
  v_to public.job_state := case when p_job.state <> 'held' then p_job.state when v_yes or p_wait.request::jsonb ->> 'otherwise' = 'throw' then 'queued' else 'rejected' end;
begin
  v_id := holdpoint.insert_decision(p_asked, p_operator, p_verb, p_reason, p_expires_at, null, p_completes, p_at, p_form);
  update public.waits set answer = case when v_yes then 'approved' else 'rejected' end, answered_at = p_at, decision_id = v_id
  where job_id = p_wait.job_id and type_version = p_wait.type_version and call = p_wait.call;
  if p_job.state = 'held' then
    if v_to = 'queued' then
      v_run_at := p_at + case when p_job.urgent then interval '0' else make_interval(secs => (select approval_delay_ms from public.settings) / 1000.0) end;
    end if;
    update public.jobs j set state = v_to, phase = holdpoint.phase_of(v_to), held_for = null, dispatch_no = j.dispatch_no + case v_to when 'queued' then 1 else 0 end,
      run_at = coalesce(v_run_at, j.run_at), decided_from = case v_to when 'queued' then 'held'::public.job_state end, reason = left(p_reason, 500), ended_at = case v_to when 'rejected' then p_at end
    where j.id = p_job.id;
  end if;
  v_seq := holdpoint.append_job_event(p_job.id, case when p_job.state <> 'held' then 'request.answered' when v_yes then 'decision.approved' when v_to = 'queued' then 'request.rejected' else 'decision.rejected' end,
    'operator', p_operator.email, null, jsonb_build_object('decision', v_id, 'verb', p_verb, 'call', p_wait.call, 'plan', encode(p_wait.request_hash, 'hex'), 'reason', left(p_reason, 500), 'state', v_to,
      'run_at', holdpoint.micros(v_run_at), 'completes', p_completes, 'form', encode(holdpoint.form_hash(p_wait.request_hash, p_form), 'hex')), p_at);
  perform holdpoint.append_feed(array[p_job.id], array[v_seq], array[p_job.venture::text]);
  if v_to = 'queued' then perform pg_notify('holdpoint_wake', 'ready'); end if;
  return jsonb_build_object('job_id', p_job.id, 'decision_id', v_id, 'state', v_to, 'run_at', v_run_at, 'undo_until', v_run_at, 'missing', null);
end $$;
comment on function holdpoint.answer_request(public.jobs, public.jobs, public.waits, public.operators, text, text, timestamptz, uuid, jsonb, timestamptz) is
  'The answer to what a run asks: held to queued (its call returns, or throws where the request wants a no to be told), held to rejected, or only recorded while the job is not held.';

create function holdpoint.undo_request(p_job public.jobs, p_operator public.operators, p_reason text, p_at timestamptz) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare v_last public.decisions; v_asked public.jobs; w public.waits; v_id uuid; v_seq int; v_first boolean;
begin
  select * into v_last from public.decisions d where d.job_id = p_job.id and d.verb <> 'undo' order by d.at desc, d.id desc limit 1;
  select * into w from public.waits o where o.job_id = p_job.id and o.decision_id = v_last.id;
  v_first := w.answer is null and (p_job.state in ('running', 'queued') or p_job.held_for = 'park');
  if w.job_id is null or not (v_first or (p_job.state = 'queued' and p_job.decided_from = 'held' and v_last.run_no = p_job.run_no
      -- Not where a person released its retry since: that is what there is to take back.
      and not exists (select 1 from public.decisions d where d.id = p_job.decision_id and d.run_no = p_job.run_no))) then return null; end if;
  v_asked := p_job;
  v_asked.plan_hash := w.request_hash;
  v_id := holdpoint.insert_decision(v_asked, p_operator, 'undo', p_reason, null, v_last.id, null, p_at);
  update public.waits set decision_id = null, answer = null, answered_at = null where job_id = w.job_id and type_version = w.type_version and call = w.call;
  if not v_first then
    update public.jobs j set state = 'held', phase = 'h', held_for = 'park', decided_from = null, held_until = greatest(w.until, p_at + interval '1 minute'),
      slots = null, waits_for = null, run_at = case j.run_at when holdpoint.never() then p_at else j.run_at end, reason = left(w.request::jsonb ->> 'title', 200)
    where j.id = p_job.id;
    update public.waits set until = greatest(until, p_at + interval '1 minute') where job_id = w.job_id and type_version = w.type_version and call = w.call;
  end if;
  v_seq := holdpoint.append_job_event(p_job.id, case when v_first then 'decision.withdrawn' else 'decision.undone' end, 'operator', p_operator.email, null,
    jsonb_build_object('decision', v_id, 'undoes', v_last.id, 'call', w.call, 'state', case when v_first then p_job.state else 'held' end), p_at);
  perform holdpoint.append_feed(array[p_job.id], array[v_seq], array[p_job.venture::text]);
  return jsonb_build_object('job_id', p_job.id, 'decision_id', v_id, 'state', case when v_first then p_job.state else 'held' end, 'run_at', null, 'undo_until', null, 'missing', null);
end $$;
comment on function holdpoint.undo_request(public.jobs, public.operators, text, timestamptz) is
  'Takes back the answer to what a run asks, until a worker has claimed the job, or the first of two approvals of it: asked as before. Null when the last decision is not about a request.';

create function holdpoint.open_call(p_job uuid) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('call', w.call, 'version', w.type_version, 'kind', w.kind, 'name', w.name, 'until', w.until, 'asked_at', w.asked_at, 'hash', encode(w.request_hash, 'hex'), 'request', w.request::jsonb)
  from public.waits w where w.job_id = p_job and w.answered_at is null
$$;
comment on function holdpoint.open_call(uuid) is 'What a job''s run waits for, or null; of an approval with the request and the hash that an answer names. Under the caller''s row-level security.';
