-- Holdpoint, part 7.0.1: what people do with jobs: submit, preview, cancel; and how an operator is made.

-- Submit, preview, cancel ------------------------------------------------------------------------------------------

create function public.submit_job(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_operator public.operators; v_venture text; v_type text; v_run_at timestamptz; v_start_by timestamptz; v_end_by timestamptz; v record; v_urgent boolean; v_payload jsonb; v_key text; v_debounce jsonb;
begin
  perform holdpoint.only_fields(p_request, array['type', 'venture', 'payload', 'key', 'run_at', 'in_ms', 'urgent', 'start_by', 'end_by', 'debounce']);
  v_venture := holdpoint.required_text(p_request, 'venture', '^[a-z][a-z0-9-]{1,39}$', 'a venture''s key');
  v_operator := holdpoint.require_role(v_venture, 'approver');
  v_type := holdpoint.required_text(p_request, 'type', '^[a-z][a-z0-9_]{0,62}$', 'the name of a job type');
  v_payload := coalesce(p_request -> 'payload', '{}');
  v_urgent := holdpoint.optional_boolean(p_request, 'urgent');
  v_key := p_request ->> 'key';
  if coalesce(jsonb_typeof(p_request -> 'key'), 'null') not in ('string', 'null') or length(v_key) not between 1 and 200 then
    perform holdpoint.fail(400, 'bad_field', 'An idempotency key has 1 to 200 characters.', 'key');
  end if;
  if p_request ? 'in_ms' and (p_request ->> 'in_ms') !~ '^\d{1,12}$' then
    perform holdpoint.fail(400, 'bad_field', 'The field "in_ms" must be a whole number of milliseconds from 0.', 'in_ms', 'E.g. 600000 for ten minutes.');
  end if;
  if p_request ->> 'in_ms' is not null and p_request ->> 'run_at' is not null then
    perform holdpoint.fail(400, 'bad_field', 'Give "run_at" or "in_ms", not both.', 'in_ms');
  end if;
  v_run_at := coalesce(holdpoint.optional_time(p_request, 'run_at'), clock_timestamp() + make_interval(secs => (p_request ->> 'in_ms')::bigint / 1000.0));
  v_start_by := holdpoint.optional_time(p_request, 'start_by');
  if v_start_by < v_run_at then
    perform holdpoint.fail(400, 'bad_field', 'A job can''t have to start before it may: "start_by" is earlier than its time.', 'start_by');
  end if;
  v_end_by := holdpoint.optional_time(p_request, 'end_by');
  if v_end_by <= greatest(v_run_at, v_start_by, clock_timestamp()) then
    perform holdpoint.fail(400, 'bad_field', 'A job can''t have to end before it may start: "end_by" is over, or not after its time.', 'end_by');
  end if;
  v_debounce := holdpoint.debounce_of(p_request);
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  if v_debounce is not null then return holdpoint.submit_debounced(v_debounce, v_venture, v_type, v_payload, v_urgent, v_operator.email); end if;
  select * into v from holdpoint.insert_jobs('operator', v_operator.email, v_venture, v_type, array[v_payload], array[v_key], array[v_run_at], v_urgent, v_start_by, v_end_by);
  if v.repeated then
    v.id := holdpoint.keyed_job(v_venture, v_key, v_type, v_payload, v_urgent);
  else
    perform holdpoint.set_deadlines(v.id, v_start_by, v_end_by);
  end if;
  return jsonb_build_object('id', v.id, 'state', coalesce((select state::text from public.jobs where id = v.id), 'ended'), 'repeated', v.repeated);
end $$;
comment on function public.submit_job(jsonb) is
  'Submits {type, venture, payload?, key?, run_at? or in_ms?, urgent?, start_by?, end_by?, debounce?: {key?, delay_ms, max_delay_ms?}}: {id, state, repeated}; debounced ones also {debounced, run_at}. A repeated key answers with the first job. Needs approver. 400, 404 unknown_venture, unknown_job_type, 409 idempotency_conflict.';

create function public.request_preview(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_id uuid := holdpoint.new_id(); v_venture text;
begin
  perform holdpoint.only_fields(p_request, array['type', 'venture', 'payload', 'run_at', 'in_ms', 'urgent', 'start_by', 'end_by']);
  v_venture := holdpoint.required_text(p_request, 'venture', '^[a-z][a-z0-9-]{1,39}$', 'a venture''s key');
  v_operator := holdpoint.require_role(v_venture, 'approver');
  perform holdpoint.require_venture(v_venture);
  perform holdpoint.required_text(p_request, 'type', '^[a-z][a-z0-9_]{0,62}$', 'the name of a job type');
  if (select count(*) from holdpoint.previews where by_user = v_operator.user_id and answered_at is null and asked_at > clock_timestamp() - interval '1 minute') >= 20 then
    perform holdpoint.fail(503, 'too_many_previews', 'Twenty previews of yours wait for an answer.', null, 'Is a worker running? See: holdpoint status');
  end if;
  insert into holdpoint.previews (id, by_user, venture, request, asked_at) values (v_id, v_operator.user_id, v_venture, p_request, clock_timestamp());
  perform pg_notify('holdpoint_wake', 'preview');
  return jsonb_build_object('id', v_id, 'worker_live', exists (select 1 from public.workers w where w.ended_at is null
    and w.heartbeat_at > clock_timestamp() - make_interval(secs => (select lease_ms from public.settings) / 5000.0)));
end $$;
comment on function public.request_preview(jsonb) is 'Asks admission what it would decide about a job, without submitting it. worker_live false: nobody will answer (NOT RUNNING).';

create function public.read_preview(p_id uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v holdpoint.previews;
begin
  perform holdpoint.require_operator();
  select * into v from holdpoint.previews where id = p_id and by_user = holdpoint.live_operator();
  if not found then perform holdpoint.fail(404, 'unknown_preview', 'There is no such preview of yours; they are kept for an hour.', 'id'); end if;
  return jsonb_build_object('answered', v.answered_at is not null, 'answer', v.answer);
end $$;
comment on function public.read_preview(uuid) is 'The answer to a preview that the caller asked for; without one yet, that it is asked. 404 unknown_preview.';

create function holdpoint.lock_job(p_job uuid, p_role public.operator_role) returns public.jobs
language plpgsql volatile set search_path = '' as $$
declare v_job public.jobs; v_venture text;
begin
  select venture into v_venture from public.jobs where id = p_job;
  if v_venture is null or holdpoint.role_in(v_venture) is null then
    perform holdpoint.require_operator();
    perform holdpoint.fail(404, 'unknown_job', 'There is no job ' || coalesce(p_job::text, '(none given)') || ' that you can see.', 'job', 'List them with: holdpoint jobs list');
  end if;
  perform holdpoint.require_role(v_venture, p_role);
  select * into strict v_job from public.jobs where id = p_job for no key update;
  return v_job;
end $$;
comment on function holdpoint.lock_job(uuid, public.operator_role) is 'A job that the caller may see, locked. 404 unknown_job; 403 when the role is too low.';

create function public.cancel_job(p_job uuid, p_reason text default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_job public.jobs; v_operator public.operators; v_now timestamptz; v_seq int;
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_job := holdpoint.lock_job(p_job, 'approver');
  v_operator := holdpoint.require_role(v_job.venture, 'approver');
  v_now := clock_timestamp();
  if v_job.state = 'running' then
    if v_job.cancel_requested_at is null then
      update public.jobs set cancel_requested_at = v_now, cancel_reason = left(p_reason, 500) where id = p_job;
      v_seq := holdpoint.append_job_event(p_job, 'cancel_requested', 'operator', v_operator.email, v_job.run_no, jsonb_build_object('reason', left(p_reason, 500)), v_now);
      perform holdpoint.append_feed(array[p_job], array[v_seq], array[v_job.venture::text]);
      perform holdpoint.signal_control();
    end if;
    return jsonb_build_object('id', p_job, 'state', 'running', 'cancel_requested', true);
  end if;
  if v_job.state not in ('submitted', 'held', 'queued', 'dead', 'quarantined') then
    perform holdpoint.fail(409, 'already_ended', 'Job ' || p_job || ' has ended already: ' || v_job.state || '.', 'job');
  end if;
  update public.jobs set state = 'canceled', phase = null, held_for = null, ended_at = v_now, cancel_requested_at = v_now, cancel_reason = left(p_reason, 500), reason = left(p_reason, 500), decided_from = null, slots = null, waits_for = null
  where id = p_job;
  if v_job.concurrency_key is not null then perform holdpoint.leave_keys(array[p_job], 'operator', v_operator.email); end if;
  update public.incidents set resolved_at = v_now, resolution = 'canceled', resolved_by = v_operator.email where job_id = p_job and subject_kind = 'job' and resolved_at is null;
  v_seq := holdpoint.append_job_event(p_job, 'canceled', 'operator', v_operator.email, null, jsonb_build_object('reason', left(p_reason, 500)), v_now);
  perform holdpoint.append_feed(array[p_job], array[v_seq], array[v_job.venture::text]);
  return jsonb_build_object('id', p_job, 'state', 'canceled', 'cancel_requested', false);
end $$;
comment on function public.cancel_job(uuid, text) is 'Cancels a job that has not ended; on a running one it records the request, and the worker aborts it. Needs approver. 404 unknown_job, 409 already_ended.';


-- Operators --------------------------------------------------------------------------------------------------------

create function holdpoint.create_operator(p_user uuid, p_email text, p_role public.operator_role, p_venture text, p_must_change boolean) returns void
language plpgsql volatile set search_path = '' as $$
begin
  if not exists (select 1 from public.ventures where key = p_venture) then
    perform holdpoint.fail(404, 'unknown_venture', 'There is no venture "' || left(p_venture, 60) || '".', 'venture', 'List them with: holdpoint venture list');
  end if;
  insert into public.operators (user_id, email, must_change) values (p_user, lower(p_email), p_must_change) on conflict (user_id) do nothing;
  insert into public.memberships (user_id, venture, role) values (p_user, p_venture, p_role)
  on conflict (user_id, venture) do update set role = excluded.role;
  perform holdpoint.append_venture_event(p_venture, 'operator.added', 'system', 'setup', jsonb_build_object('operator', lower(p_email), 'role', p_role), clock_timestamp());
end $$;
comment on function holdpoint.create_operator(uuid, text, public.operator_role, text, boolean) is 'Makes a user of the auth service an operator. For the owner''s connection only (setup, operator create).';

create function public.password_changed() returns void
language plpgsql volatile security definer set search_path = '' as $$
declare v_user uuid := holdpoint.live_operator();
begin
  if v_user is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  update public.operators set must_change = false where user_id = v_user and must_change;
end $$;
comment on function public.password_changed() is 'The signed-in operator has replaced the generated password.';
