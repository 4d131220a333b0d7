-- Holdpoint, part 7.5.3: jobs that are made from others: edited and resubmitted, or replayed.

create function holdpoint.insert_linked(p_of public.jobs, p_operator public.operators, p_kind text, p_payload jsonb, p_key text, p_from_step text, p_dry_run boolean, p_at timestamptz)
returns uuid language plpgsql volatile set search_path = '' as $$
declare v record; v_seq int; v_version int; v_steps int := 0; v_have public.job_links; v_old_seq int;
begin
  select * into v from holdpoint.insert_jobs('operator', p_operator.email, p_of.venture, p_of.type, array[p_payload], array[p_key], array[p_at], p_of.urgent, null, null);
  if v.repeated then
    v.id := holdpoint.keyed_job(p_of.venture, p_key, p_of.type, p_payload, p_of.urgent);
    select * into v_have from public.job_links l where l.job_id = v.id;
    if (v_have.of_job, v_have.kind, v_have.from_step, v_have.dry_run) is distinct from (p_of.id, p_kind, p_from_step, p_dry_run) then
      perform holdpoint.fail(409, 'idempotency_conflict', 'The idempotency key was used for another request (job ' || v.id || ').', 'key', 'Use a new key for a new request.');
    end if;
    return v.id;
  end if;
  insert into public.job_links (job_id, of_job, venture, kind, from_step, dry_run, payload_edited, by_email, at)
  values (v.id, p_of.id, p_of.venture, p_kind, p_from_step, p_dry_run, p_payload <> p_of.payload, p_operator.email, p_at);
  select j.type_version into v_version from public.jobs j where j.id = v.id;
  if p_from_step is not null then
    if v_version <> p_of.type_version then
      perform holdpoint.fail(409, 'type_version_differs', 'Job ' || p_of.id || ' ran ' || p_of.type || ' version ' || p_of.type_version || '; announced is version ' || v_version || ': its steps may not fit.', 'from_step', 'Replay it without --from-step.');
    end if;
    if not exists (select 1 from public.steps s where s.job_id = p_of.id and s.name = p_from_step) then
      perform holdpoint.fail(404, 'unknown_step', 'Job ' || p_of.id || ' has no result of a step "' || left(p_from_step, 60) || '".', 'from_step',
        'Its steps: ' || coalesce((select string_agg(s.name, ', ' order by s.ended_at, s.name) from public.steps s where s.job_id = p_of.id), 'none'));
    end if;
    insert into public.steps (job_id, name, venture, run_no, token, result, started_at, ended_at)
    select v.id, s.name, s.venture, 0, 0, s.result, s.started_at, s.ended_at from public.steps s
    join public.steps f on f.job_id = p_of.id and f.name = p_from_step where s.job_id = p_of.id and (s.ended_at, s.name) < (f.ended_at, f.name);
    get diagnostics v_steps = row_count;
  end if;
  update public.jobs j set refs = jsonb_build_object('$replay', jsonb_strip_nulls(jsonb_build_object('of', p_of.id, 'kind', p_kind, 'from_step', p_from_step, 'steps', v_steps, 'version', v_version, 'dry_run', p_dry_run))),
    estimate_microusd = case when p_dry_run then 0 else j.estimate_microusd end, ceiling_microusd = case when p_dry_run then 0 else j.ceiling_microusd end, paid = j.paid and not p_dry_run
  where j.id = v.id;
  v_old_seq := holdpoint.append_job_event(p_of.id, case p_kind when 'edit' then 'resubmitted' else 'replayed' end, 'operator', p_operator.email, null, jsonb_build_object('job', v.id), p_at);
  v_seq := holdpoint.append_job_event(v.id, 'linked', 'operator', p_operator.email, null, jsonb_build_object('of', p_of.id, 'kind', p_kind, 'from_step', p_from_step, 'steps', v_steps, 'dry_run', p_dry_run), clock_timestamp());
  perform holdpoint.append_feed(array[p_of.id, v.id], array[v_old_seq, v_seq], array[p_of.venture::text, p_of.venture::text]);
  return v.id;
end $$;
comment on function holdpoint.insert_linked(public.jobs, public.operators, text, jsonb, text, text, boolean, timestamptz) is
  'A submitted job of the same type and venture that refers to another, with its link and both events. What it was made from stands in its references under $replay, and so in its plan. A dry run has no ceiling. 409 type_version_differs, 404 unknown_step, 409 idempotency_conflict.';

create function holdpoint.linked_payload(p_request jsonb, p_job public.jobs) returns jsonb
language plpgsql immutable set search_path = '' as $$
begin
  if coalesce(jsonb_typeof(p_request -> 'payload'), 'null') not in ('object', 'null') then
    perform holdpoint.fail(400, 'bad_payload', 'A payload must be a JSON object of at most 256 kB.', 'payload');
  end if;
  if coalesce(jsonb_typeof(p_request -> 'key'), 'null') not in ('string', 'null') or length(p_request ->> 'key') not between 1 and 200 then
    perform holdpoint.fail(400, 'bad_field', 'An idempotency key has 1 to 200 characters.', 'key');
  end if;
  return case jsonb_typeof(p_request -> 'payload') when 'object' then p_request -> 'payload' else p_job.payload end;
end $$;
comment on function holdpoint.linked_payload(jsonb, public.jobs) is 'The payload that a request names, or else the job''s own. 400 bad_payload, bad_field for a key that is none.';

create function public.resubmit_job(p_job uuid, p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_job public.jobs; v_operator public.operators; v_now timestamptz; v_payload jsonb; v_id uuid; v_reason text;
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  perform holdpoint.only_fields(p_request, array['payload', 'reason', 'key']);
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_job := holdpoint.lock_job(p_job, 'approver');
  v_operator := holdpoint.require_role(v_job.venture, 'approver');
  v_now := clock_timestamp();
  v_payload := holdpoint.linked_payload(p_request, v_job);
  v_reason := holdpoint.required_reason(p_request ->> 'reason', 'Editing and resubmitting');
  select l.job_id into v_id from public.job_links l where l.of_job = p_job and l.kind = 'edit';
  if found and p_request ->> 'key' is not null and exists (select 1 from holdpoint.idempotency_keys k where k.venture = v_job.venture and k.key = p_request ->> 'key' and k.job_id = v_id) then
    if v_payload <> (select j.payload from public.jobs j where j.id = v_id) then
      perform holdpoint.fail(409, 'idempotency_conflict', 'The idempotency key was used for another edit (job ' || v_id || ').', 'key', 'Use a new key for a new request.');
    end if;
    return jsonb_build_object('id', v_id, 'of', p_job, 'repeated', true);
  end if;
  perform holdpoint.check_decision(v_job, 'discard', null, v_now);
  if v_payload = v_job.payload then
    perform holdpoint.fail(400, 'nothing_edited', 'The payload is what it was.', 'payload', 'Release the job to run it again as it is, or replay it.');
  end if;
  v_id := holdpoint.insert_linked(v_job, v_operator, 'edit', v_payload, p_request ->> 'key', null, false, v_now);
  select * into strict v_job from public.jobs j where j.id = p_job;
  perform holdpoint.decide_locked(v_job, v_operator, 'discard', null, 'Edited and resubmitted as ' || v_id || ': ' || v_reason, null, null, null, clock_timestamp());
  return jsonb_build_object('id', v_id, 'of', p_job, 'repeated', false);
end $$;
comment on function public.resubmit_job(uuid, jsonb) is
  'Edits a dead or quarantined job, or one whose retry is held: {payload, reason, key?}. A new job goes through admission with a plan of its own, and the old one is discarded in the same transaction: {id, of, repeated}. Needs approver. 400 nothing_edited, 409 already_decided, not_waiting, idempotency_conflict.';

create function public.replay_job(p_job uuid, p_request jsonb default '{}') returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_job public.jobs; v_operator public.operators; v_id uuid; v_dry boolean; v_step text := p_request ->> 'from_step';
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  perform holdpoint.only_fields(p_request, array['payload', 'from_step', 'dry_run', 'key']);
  v_dry := holdpoint.optional_boolean(p_request, 'dry_run');
  if coalesce(jsonb_typeof(p_request -> 'from_step'), 'null') not in ('string', 'null') or length(v_step) not between 1 and 200 then
    perform holdpoint.fail(400, 'bad_field', 'The name of a step has 1 to 200 characters.', 'from_step');
  end if;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_job := holdpoint.lock_job(p_job, 'approver');
  v_operator := holdpoint.require_role(v_job.venture, 'approver');
  v_id := holdpoint.insert_linked(v_job, v_operator, 'replay', holdpoint.linked_payload(p_request, v_job), p_request ->> 'key', v_step, v_dry, clock_timestamp());
  return jsonb_build_object('id', v_id, 'of', p_job, 'dry_run', v_dry, 'from_step', v_step,
    'steps', (select count(*) from public.steps s where s.job_id = v_id and s.run_no = 0));
end $$;
comment on function public.replay_job(uuid, jsonb) is
  'Makes a new job from one in any state, which stays as it is: {payload?, from_step?, dry_run?, key?}. from_step: results of the steps before that one are taken over. dry_run: no effect is called and no money set aside. It goes through admission like any job. Needs approver. 409 type_version_differs, 404 unknown_step.';
