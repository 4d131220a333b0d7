-- Holdpoint, part 7d: parks. A run that must wait for a time, a signal or a person records what it asks, gives back its
-- lease, and a later run gets the answer from the same call.
--
-- A call is known by its kind, name and number in the run (approval:publish#1), and by the type version that asked. A job
-- has at most one open call: the runtime asks one after the other, and a run that asks something else closes what an
-- earlier one left open.

create table public.waits (
  job_id uuid not null,
  type_version int not null,
  call text not null check (length(call) between 1 and 200),
  venture public.venture_key not null,
  kind text not null check (kind in ('approval', 'sleep', 'signal')),
  name text not null check (length(name) between 1 and 100),
  -- Until when: a sleep's end, a signal's timeout, an approval's expiry.
  until timestamptz not null,
  -- Of an approval: what is asked as it was written, what it takes, and the hash that a decision binds.
  request text,
  approval jsonb,
  request_hash bytea,
  -- The first of two approvals, then the one that decided.
  decision_id uuid,
  asked_at timestamptz not null,
  -- The run that was told to park on it, and the one that was told the answer.
  parked_run int,
  told_run int,
  answer text check (answer in ('approved', 'rejected', 'expired', 'woken', 'signal', 'timeout', 'void')),
  answered_at timestamptz,
  primary key (job_id, type_version, call),
  constraint waits_answer check ((answer is null) = (answered_at is null)),
  constraint waits_request check ((kind = 'approval') = (request is not null) and (request is null) = (request_hash is null) and (request is null) = (approval is null))
);
comment on table public.waits is 'What runs wait for: ctx.approval, ctx.sleep and ctx.waitFor. answer null: the call is open. void: a later run asked something else, or an answer no longer counted.';
create unique index waits_open on public.waits (job_id) where answered_at is null;
alter table public.waits enable row level security;
create policy members_read on public.waits for select to authenticated using (venture in (select holdpoint.my_ventures()));

create table public.signals (
  job_id uuid not null,
  no int not null,
  id text not null check (length(id) between 1 and 200),
  venture public.venture_key not null,
  name text not null check (length(name) between 1 and 100),
  data jsonb not null,
  data_sha256 text not null,
  by_kind text not null,
  by_id text not null,
  sent_at timestamptz not null,
  -- The call that got it, of which type version.
  taken_by text,
  taken_version int,
  taken_at timestamptz,
  primary key (job_id, no),
  unique (job_id, id),
  constraint signals_taken check ((taken_by is null) = (taken_at is null) and (taken_by is null) = (taken_version is null))
);
comment on table public.signals is 'A job''s mailbox: what was sent to it, in order. A call takes the oldest of its name, once; another type version asks again, and gets what calls of older ones had taken.';
create index signals_waiting on public.signals (job_id, name, no) where taken_by is null;
alter table public.signals enable row level security;
create policy members_read on public.signals for select to authenticated using (venture in (select holdpoint.my_ventures()));

-- What an approval in a run takes ----------------------------------------------------------------------------------

create function holdpoint.request_approval(p_job public.jobs, p_request jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare v_group text := p_request ->> 'group'; v_members jsonb;
begin
  if v_group is not null then
    select (select jsonb_agg(distinct lower(m) order by lower(m)) from jsonb_array_elements_text(p.document #> array['groups', v_group]) m) into v_members
    from public.settings s join public.policies p on p.version = s.policy_version;
    if v_members is null then
      perform holdpoint.fail(422, 'unknown_group', 'The active policy has no group "' || left(v_group, 60) || '" that could approve this.', 'group', 'Add it to the policy, or ask another group.');
    end if;
  end if;
  return jsonb_build_object('people', coalesce((p_request ->> 'people')::int, 1), 'role', coalesce(p_request ->> 'role', 'approver'), 'group', v_group, 'members', v_members,
    'typed', p_request ->> 'typed', 'expires_ms', coalesce((p_request ->> 'expires_ms')::bigint, (p_job.approval ->> 'expires_ms')::bigint),
    'reminder_ms', coalesce((p_request ->> 'reminder_ms')::bigint, (p_job.approval ->> 'reminder_ms')::bigint), 'covers_retries', coalesce((p_request ->> 'covers_retries')::boolean, false));
end $$;
comment on function holdpoint.request_approval(public.jobs, jsonb) is
  'What a run''s own request for approval takes, in the shape of jobs.approval: its words over the times that policy gave the job; a group''s members are those of the active policy. 422 unknown_group.';

create function holdpoint.asked(p_job public.jobs) returns public.jobs
language plpgsql stable set search_path = '' as $$
declare w public.waits;
begin
  if p_job.state = 'running' or (p_job.state = 'queued' and p_job.run_no > 0) or (p_job.state = 'held' and p_job.held_for = 'park') then
    select * into w from public.waits o where o.job_id = p_job.id and o.kind = 'approval' and o.answered_at is null;
    if found then
      p_job.approval := w.approval; p_job.plan_hash := w.request_hash; p_job.decision_id := w.decision_id;
    end if;
  end if;
  return p_job;
end $$;
comment on function holdpoint.asked(public.jobs) is
  'The job as its run''s open request for approval shows it to the rules of decisions: what that takes, its hash in place of the plan''s, its first approval. The job itself when it has no open request.';

create function holdpoint.request_stands(p_job public.jobs, p_wait public.waits, p_at timestamptz) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  p_job.approval := p_wait.approval; p_job.plan_hash := p_wait.request_hash; p_job.decision_id := p_wait.decision_id;
  return (select count(distinct f.by_user) >= (p_wait.approval ->> 'people')::int from holdpoint.approval_faults(p_job, p_at) f where f.fault is null);
end $$;
comment on function holdpoint.request_stands(public.jobs, public.waits, timestamptz) is
  'Does the approval of a run''s request still count: for these very words, in time, by operators who still may, and not for a retry that was counted since (unless it asked for that)?';

-- Asking -----------------------------------------------------------------------------------------------------------

create function holdpoint.open_wait(p_job public.jobs, p_version int, p_call text, p_kind text, p_name text, p_until timestamptz, p_within_ms bigint, p_request text,
  p_actor text, p_at timestamptz)
returns public.waits language plpgsql volatile set search_path = '' as $$
declare w public.waits; v_approval jsonb; v_hash bytea; v_until timestamptz; v_seq int;
begin
  if p_kind = 'approval' then
    v_approval := holdpoint.request_approval(p_job, p_request::jsonb);
    -- The call too: a card of the first call is no answer to the second one, which asks in the same words.
    v_hash := sha256(p_job.plan_hash || sha256(convert_to(p_version || '/' || p_call || '/' || p_request, 'UTF8')));
  end if;
  select * into w from public.waits where job_id = p_job.id and type_version = p_version and call = p_call;
  if w.job_id is not null and w.answer is distinct from 'void' and w.request_hash is not distinct from v_hash
    and (w.answer is distinct from 'approved' or holdpoint.request_stands(p_job, w, p_at))
  then
    return w;
  end if;
  v_until := coalesce(p_until, p_at + make_interval(secs => coalesce(p_within_ms, (v_approval ->> 'expires_ms')::bigint, (select approval_expires_ms from public.settings)) / 1000.0));
  if not v_until < p_at + interval '367 days' then
    perform holdpoint.fail(400, 'bad_field', 'A job waits for a year at most.', 'until');
  end if;
  -- Only what is asked anew closes another: a run goes through the calls that have their answers first.
  update public.waits set answer = 'void', answered_at = p_at where job_id = p_job.id and answered_at is null and (type_version, call) <> (p_version, p_call);
  -- Another type version asks again: what calls of older ones had taken is in the mailbox again.
  update public.signals set taken_by = null, taken_version = null, taken_at = null where job_id = p_job.id and taken_version < p_version;
  insert into public.waits (job_id, type_version, call, venture, kind, name, until, request, approval, request_hash, asked_at)
  values (p_job.id, p_version, p_call, p_job.venture, p_kind, p_name, v_until, p_request, v_approval, v_hash, p_at)
  on conflict (job_id, type_version, call) do update set until = excluded.until, request = excluded.request, approval = excluded.approval, request_hash = excluded.request_hash,
    asked_at = excluded.asked_at, decision_id = null, answer = null, answered_at = null, parked_run = null, told_run = null
  returning * into w;
  v_seq := holdpoint.append_job_event(p_job.id, 'wait.asked', 'worker', p_actor, p_job.run_no,
    jsonb_build_object('call', p_call, 'version', p_version, 'kind', p_kind, 'until', holdpoint.micros(v_until), 'request', encode(v_hash, 'hex')), p_at);
  perform holdpoint.append_feed(array[p_job.id], array[v_seq], array[p_job.venture::text]);
  return w;
end $$;
comment on function holdpoint.open_wait(public.jobs, int, text, text, text, timestamptz, bigint, text, text, timestamptz) is
  'The row of a call: as it is, or asked now. Asked anew when its words have changed, when it was void, or when its approval no longer counts. Closes every other open call of the job. The caller holds the job.';

create function holdpoint.answer_wait(p_wait public.waits, p_answer text, p_run int, p_actor text, p_data jsonb, p_at timestamptz) returns public.waits
language plpgsql volatile set search_path = '' as $$
declare w public.waits; v_seq int;
begin
  update public.waits set answer = p_answer, answered_at = p_at
  where job_id = p_wait.job_id and type_version = p_wait.type_version and call = p_wait.call and answered_at is null returning * into strict w;
  v_seq := holdpoint.append_job_event(w.job_id, 'wait.answered', 'worker', p_actor, p_run, jsonb_build_object('call', w.call, 'version', w.type_version, 'answer', p_answer) || p_data, p_at);
  perform holdpoint.append_feed(array[w.job_id], array[v_seq], array[w.venture::text]);
  return w;
end $$;
comment on function holdpoint.answer_wait(public.waits, text, int, text, jsonb, timestamptz) is 'A run learned the end of a sleep, a signal or its timeout: once, with its event.';

create function holdpoint.begin_wait(p_worker uuid, p_key text, p_job uuid, p_token bigint, p_call text, p_kind text, p_name text, p_until timestamptz, p_within_ms bigint, p_request text)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare v_run public.runs; v_job public.jobs; v_version int; w public.waits; v_signal public.signals; v_now timestamptz; v_effect text; v_parks boolean;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_run := holdpoint.require_lease(p_worker, p_key, p_job, p_token, true);
  select * into strict v_job from public.jobs where id = p_job;
  if v_job.cancel_requested_at is not null then
    perform holdpoint.fail(409, 'canceled', 'Job ' || p_job || ' is to be canceled; it waits for nothing any more.');
  end if;
  select t.version into strict v_version from holdpoint.worker_types t where t.worker_id = p_worker and t.type = v_job.type;
  v_now := clock_timestamp();
  w := holdpoint.open_wait(v_job, v_version, p_call, p_kind, p_name, p_until, p_within_ms, p_request, p_worker::text, v_now);
  if w.answer is null and w.kind = 'signal' then
    select * into v_signal from public.signals s where s.job_id = p_job and s.name = w.name and s.taken_by is null order by s.no limit 1;
    if found then
      update public.signals set taken_by = w.call, taken_version = w.type_version, taken_at = v_now where job_id = p_job and no = v_signal.no;
      w := holdpoint.answer_wait(w, 'signal', v_run.run_no, p_worker::text, jsonb_build_object('signal', v_signal.id, 'no', v_signal.no), v_now);
    end if;
  end if;
  if w.answer is null and w.kind <> 'approval' and w.until <= v_now then
    w := holdpoint.answer_wait(w, case w.kind when 'sleep' then 'woken' else 'timeout' end, v_run.run_no, p_worker::text, '{}', v_now);
  end if;
  -- A no that ends the job, of which the run that asked did not hear because it was lost: this one is not told either. It
  -- parks, and its settle ends the job.
  v_parks := w.answer is null or (w.answer = 'rejected' and w.request::jsonb ->> 'otherwise' = 'end');
  if v_parks then
    select e.key into v_effect from public.effects e where e.job_id = p_job and e.settled_at is null order by e.key limit 1;
    if found then
      perform holdpoint.fail(422, 'effect_open', 'The effect "' || v_effect || '" has no receipt: a job does not park with it.', v_effect, 'Await the effect first.');
    end if;
  end if;
  update public.waits set parked_run = case when v_parks then v_run.run_no else parked_run end, told_run = case when v_parks then told_run else v_run.run_no end
  where job_id = w.job_id and type_version = w.type_version and call = w.call;
  return case when v_parks then '{"state": "park"}' else holdpoint.wait_answer(w) end;
end $$;
comment on function holdpoint.begin_wait(uuid, text, uuid, bigint, text, text, text, timestamptz, bigint, text) is
  'A call of ctx.approval, ctx.sleep or ctx.waitFor: {state} is the answer (approved, rejected, expired, woken, signal, timeout) with what belongs to it, or park: the run is to be settled as parked. Idempotent. A signal that is there counts even when the time has just run out. 409 lease_lost, lease_expired, stopped, canceled; 422 effect_open, unknown_group.';

create function holdpoint.wait_answer(p_wait public.waits) returns jsonb
language sql stable set search_path = '' as $$
  select case p_wait.answer
    when 'signal' then (select jsonb_build_object('state', 'signal', 'id', s.id, 'data', s.data, 'by', s.by_id, 'at', s.sent_at)
      from public.signals s where s.job_id = p_wait.job_id and s.taken_by = p_wait.call and s.taken_version = p_wait.type_version)
    when 'approved' then (select jsonb_build_object('state', 'approved', 'form', coalesce(d.form, '{}'), 'by', (select jsonb_agg(b.by_email order by b.at) from public.decisions b where b.id in (d.id, d.completes)), 'at', d.at)
      from public.decisions d where d.id = p_wait.decision_id)
    when 'rejected' then (select jsonb_build_object('state', 'rejected', 'by', jsonb_build_array(d.by_email), 'reason', d.reason, 'at', d.at) from public.decisions d where d.id = p_wait.decision_id)
    else jsonb_build_object('state', coalesce(p_wait.answer, 'park'), 'until', p_wait.until) end
$$;
comment on function holdpoint.wait_answer(public.waits) is 'What a run is told about its call.';
