-- Holdpoint, part 7e: how a parked run is settled, and how a parked job goes on: by its time, a signal, or an answer.

create function holdpoint.park_run(p_job public.jobs, p_worker uuid, p_data jsonb, p_run_at timestamptz, p_at timestamptz) returns int
language plpgsql volatile set search_path = '' as $$
declare w public.waits; v_seq int; v_data jsonb; v_waits boolean; v_run_at timestamptz;
begin
  select * into w from public.waits o where o.job_id = p_job.id and o.parked_run = p_job.run_no order by o.asked_at desc limit 1;
  if not found then
    v_run_at := coalesce(p_run_at, p_at);
    return holdpoint.end_run(p_job, 'queued', 'parked', 'worker', p_worker::text, p_data || jsonb_build_object('until', holdpoint.micros(v_run_at)), p_at, p_run_at => v_run_at);
  end if;
  v_data := p_data || jsonb_build_object('call', w.call, 'version', w.type_version);
  if w.kind = 'approval' and w.answer is null then
    v_seq := holdpoint.end_run(p_job, 'held', 'held', 'worker', p_worker::text, v_data || jsonb_build_object('reason', 'approval_in_run', 'request', encode(w.request_hash, 'hex')), p_at,
      p_held_for => 'park', p_reason => left(w.request::jsonb ->> 'title', 200));
    update public.jobs set held_until = w.until where id = p_job.id;
    return v_seq;
  end if;
  if w.answer = 'rejected' and w.request::jsonb ->> 'otherwise' = 'end' then
    return holdpoint.end_run(p_job, 'rejected', 'rejected', 'worker', p_worker::text, v_data || jsonb_build_object('decision', w.decision_id), p_at, p_reason => left(w.request::jsonb ->> 'title', 200));
  end if;
  -- A signal that came between the call and this settle counts, as an answer does.
  v_waits := w.answer is null and not exists (select 1 from public.signals s where s.job_id = p_job.id and w.kind = 'signal' and s.name = w.name and s.taken_by is null);
  v_run_at := case when v_waits then greatest(w.until, p_at)
    when w.kind = 'approval' and not p_job.urgent then greatest(p_at, w.answered_at + make_interval(secs => (select approval_delay_ms from public.settings) / 1000.0))
    else p_at end;
  v_seq := holdpoint.end_run(p_job, 'queued', 'parked', 'worker', p_worker::text, v_data || jsonb_build_object('until', holdpoint.micros(v_run_at)), p_at, p_run_at => v_run_at);
  update public.jobs set waits_for = case when v_waits then case w.kind when 'sleep' then 'sleep' else 'signal:' || w.name end end,
    decided_from = case when w.decision_id is not null then 'held'::public.job_state end
  where id = p_job.id;
  if v_run_at <= p_at then perform pg_notify('holdpoint_wake', 'ready'); end if;
  return v_seq;
end $$;
comment on function holdpoint.park_run(public.jobs, uuid, jsonb, timestamptz, timestamptz) is
  'running to held (an approval that is asked), queued (a time, a signal, an answer that came before the park), or rejected (so was it answered, and the request ends the job then). Without an open call: queued at p_run_at.';

create function holdpoint.decline_run(p_job public.jobs, p_worker uuid, p_data jsonb, p_message text, p_at timestamptz) returns int
language plpgsql volatile set search_path = '' as $$
declare w public.waits;
begin
  select * into w from public.waits o where o.job_id = p_job.id and o.told_run = p_job.run_no and o.answer in ('rejected', 'expired') order by o.answered_at desc limit 1;
  if not found then return null; end if;
  return holdpoint.end_run(p_job, w.answer::public.job_state, case w.answer when 'rejected' then 'rejected' else 'expired' end, 'worker', p_worker::text,
    p_data || jsonb_build_object('call', w.call, 'version', w.type_version, 'decision', w.decision_id), p_at, p_reason => left(p_message, 200));
end $$;
comment on function holdpoint.decline_run(public.jobs, uuid, jsonb, text, timestamptz) is
  'running to rejected or expired: the run was told so by its own call, and its handler let that through. Null when it was not told.';

create function public.send_signal(p_job uuid, p_name text, p_data jsonb default 'null', p_id text default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_job public.jobs; v_operator public.operators; v public.signals; v_now timestamptz; v_sha text; v_seq int; v_wakes boolean; v_id text := coalesce(p_id, holdpoint.new_id()::text);
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  if p_name is null or p_name !~ '^[a-z][a-z0-9_.-]{0,62}$' then
    perform holdpoint.fail(400, 'bad_field', 'A signal''s name has 1 to 63 characters a-z, 0-9, _, . and -, first a letter.', 'name');
  end if;
  if length(v_id) not between 1 and 200 then perform holdpoint.fail(400, 'bad_field', 'A signal''s id has 1 to 200 characters.', 'id'); end if;
  if octet_length(coalesce(p_data, 'null')::text) > 65536 then
    perform holdpoint.fail(400, 'bad_field', 'A signal carries at most 64 kB.', 'data', 'Put large data elsewhere and send a reference.');
  end if;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_job := holdpoint.lock_job(p_job, 'approver');
  v_operator := holdpoint.require_role(v_job.venture, 'approver');
  v_now := clock_timestamp();
  v_sha := encode(sha256(convert_to(coalesce(p_data, 'null')::text, 'UTF8')), 'hex');
  select * into v from public.signals s where s.job_id = p_job and s.id = v_id;
  if found then
    if v.name <> p_name or v.data_sha256 <> v_sha then
      perform holdpoint.fail(409, 'signal_conflict', 'The signal "' || left(v_id, 80) || '" was sent to this job with another name or other data.', 'id', 'Use a new id for another signal.');
    end if;
    return jsonb_build_object('job_id', p_job, 'id', v.id, 'no', v.no, 'name', v.name, 'repeated', true, 'woke', false, 'state', v_job.state);
  end if;
  if v_job.ended_at is not null then
    perform holdpoint.fail(409, 'already_ended', 'Job ' || p_job || ' has ended already: ' || v_job.state || '.', 'job');
  end if;
  if (select count(*) from (select 1 from public.signals s where s.job_id = p_job and s.taken_by is null limit 1000) w) >= 1000 then
    perform holdpoint.fail(422, 'mailbox_full', 'A thousand signals wait in the mailbox of job ' || p_job || '.', 'job', 'Wait until it has taken some.');
  end if;
  insert into public.signals (job_id, no, id, venture, name, data, data_sha256, by_kind, by_id, sent_at)
  values (p_job, coalesce((select max(s.no) from public.signals s where s.job_id = p_job), 0) + 1, v_id, v_job.venture, p_name, coalesce(p_data, 'null'), v_sha, 'operator', v_operator.email, v_now)
  returning * into v;
  v_wakes := v_job.state = 'queued' and v_job.waits_for is not distinct from 'signal:' || p_name;
  if v_wakes then
    update public.jobs set run_at = v_now, waits_for = null, dispatch_no = dispatch_no + 1 where id = p_job;
  end if;
  v_seq := holdpoint.append_job_event(p_job, 'signal', 'operator', v_operator.email, null, jsonb_build_object('id', v.id, 'no', v.no, 'name', p_name, 'sha256', v_sha, 'woke', v_wakes), v_now);
  perform holdpoint.append_feed(array[p_job], array[v_seq], array[v_job.venture::text]);
  if v_wakes then perform pg_notify('holdpoint_wake', 'ready'); end if;
  return jsonb_build_object('job_id', p_job, 'id', v.id, 'no', v.no, 'name', v.name, 'repeated', false, 'woke', v_wakes, 'state', v_job.state);
end $$;
comment on function public.send_signal(uuid, text, jsonb, text) is
  'Puts a signal into a job''s mailbox, at any time before the job has ended: {job_id, id, no, name, repeated, woke, state}. The oldest call of ctx.waitFor with this name gets it. The same id is the same signal. Needs approver. 400, 404 unknown_job, 409 signal_conflict, already_ended, 422 mailbox_full.';

create function holdpoint.expire_request(p_job uuid, p_worker uuid, p_at timestamptz) returns int
language plpgsql volatile set search_path = '' as $$
declare v_job public.jobs; w public.waits;
begin
  select * into v_job from public.jobs j where j.id = p_job and j.state = 'held' and j.held_for = 'park' and j.held_until <= p_at;
  if not found then return null; end if;
  update public.waits set answer = 'expired', answered_at = p_at where job_id = p_job and kind = 'approval' and answered_at is null returning * into w;
  if w.job_id is null or w.request::jsonb ->> 'otherwise' = 'end' then return null; end if;
  update public.jobs set state = 'queued', phase = 'q', held_for = null, held_until = null, dispatch_no = dispatch_no + 1, run_at = p_at, reason = 'nobody_decided' where id = p_job;
  perform pg_notify('holdpoint_wake', 'ready');
  return holdpoint.append_job_event(p_job, 'request.expired', 'worker', p_worker::text, null, jsonb_build_object('call', w.call, 'version', w.type_version), p_at);
end $$;
comment on function holdpoint.expire_request(uuid, uuid, timestamptz) is
  'A run''s request that nobody answered in time: expired. held to queued where its handler wants to be told so; null where the job ends. The caller holds the job.';
