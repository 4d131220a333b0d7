-- Holdpoint, part 7.3.1: effects. What a run does outside, committed as an intent before the call and as a receipt after it.
--
-- An intent binds the run that made it: until not_after + L/10 only that run may settle it. What a later run finds open
-- it calls again with the same key (safe_retry, within the provider's dedupe window) or asks about (reconcile).

create function holdpoint.book_effect(p_reason text, p_effect public.effects, p_reserved bigint, p_authorised bigint, p_captured bigint, p_overrun bigint, p_actor_kind text, p_actor_id text)
returns void language plpgsql volatile set search_path = '' as $$
declare v_run public.reservations; v_waiting boolean;
begin
  perform holdpoint.lock_caps(array[p_effect.venture::text]);
  update public.reservations r set left_microusd = r.left_microusd + p_reserved, authorised_microusd = r.authorised_microusd + p_authorised,
    captured_microusd = r.captured_microusd + p_captured, overrun_microusd = r.overrun_microusd + p_overrun
  where r.job_id = p_effect.job_id and r.run_no = p_effect.authorised_run returning * into strict v_run;
  insert into public.ledger_entries (reason, venture, job_id, run_no, budget_microusd, reserved_microusd, authorised_microusd, captured_microusd, overrun_microusd, day, week)
  select p_reason, v_run.venture, v_run.job_id, v_run.run_no, -(p_reserved + p_authorised + p_captured + p_overrun), p_reserved, p_authorised, p_captured, p_overrun, v_run.day, v_run.week
  where (p_reserved, p_authorised, p_captured, p_overrun) <> (0, 0, 0, 0);
  v_waiting := holdpoint.book_usage(array[v_run.venture::text], array[v_run.day], array[v_run.week], array[p_reserved], array[p_authorised], array[p_captured], array[p_overrun]);
  if p_overrun > 0 then
    perform 1 from public.ventures o where o.key in ('fleet', v_run.venture) order by o.key for no key update;
    perform holdpoint.block_overrun(v_run.venture, v_run.job_id, v_run.run_no, p_overrun, p_actor_kind, p_actor_id);
  end if;
  if v_waiting then perform holdpoint.refresh_cap_blocks(array[v_run.venture::text], p_actor_kind, p_actor_id); end if;
end $$;
comment on function holdpoint.book_effect(text, public.effects, bigint, bigint, bigint, bigint, text, text) is
  'One entry of an effect: how much each account of the run that authorised it changes; the budget is the rest. The caller holds the job and the effect.';

create function holdpoint.capture_effect(p_reason text, p_effect public.effects, p_cost bigint, p_actor_kind text, p_actor_id text) returns void
language plpgsql volatile set search_path = '' as $$
declare v_open boolean; v_captured bigint := least(p_cost, p_effect.max_microusd);
begin
  if p_effect.authorised_run is null then return; end if;
  select r.closed_at is null into v_open from public.reservations r where r.job_id = p_effect.job_id and r.run_no = p_effect.authorised_run;
  perform holdpoint.book_effect(p_reason, p_effect, case when v_open then p_effect.max_microusd - v_captured else 0 end, -p_effect.max_microusd, v_captured,
    greatest(0, p_cost - p_effect.max_microusd), p_actor_kind, p_actor_id);
end $$;
comment on function holdpoint.capture_effect(text, public.effects, bigint, text, text) is
  'Ends an authorisation: the cost is captured, what is above max an overrun, the rest goes back to the run''s reservation while that is open, else to the budget.';

create function holdpoint.begin_effect(p_worker uuid, p_key text, p_job uuid, p_token bigint, p_effect text, p_kind text, p_settle text, p_max bigint, p_dedupe_ms bigint,
  p_within_ms bigint, p_reconciled boolean)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare v_run public.runs; v_job public.jobs; v public.effects; v_now timestamptz; v_not_after timestamptz; v_seq int; v_fresh boolean; v_left bigint;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_run := holdpoint.require_lease(p_worker, p_key, p_job, p_token, true);
  select * into strict v_job from public.jobs where id = p_job;
  select * into v from public.effects e where e.job_id = p_job and e.key = p_effect for update;
  if v.settled_at is not null and v.outcome = 'done' then
    return jsonb_build_object('state', 'done', 'receipt', v.receipt);
  end if;
  if v_job.cancel_requested_at is not null then
    perform holdpoint.fail(409, 'canceled', 'Job ' || p_job || ' is to be canceled; nothing begins outside any more.');
  end if;
  if exists (select 1 from public.waits w where w.job_id = p_job and w.parked_run = v_run.run_no) then
    perform holdpoint.fail(409, 'parked', 'This run of job ' || p_job || ' has parked; nothing begins outside any more.');
  end if;
  if not exists (select 1 from holdpoint.worker_types w join public.job_types t on t.name = w.type and t.version = w.version
    where w.worker_id = p_worker and w.type = v_job.type and p_kind = any (t.effect_kinds::text[]))
  then
    perform holdpoint.fail(422, 'kind_not_declared', 'The job type ' || v_job.type || ' does not declare effects of kind ' || left(p_kind, 40) || '.', 'kind', 'Add it to effectKinds and raise the version.');
  end if;
  v_now := clock_timestamp();
  if (v_job.refs #>> '{$replay,dry_run}')::boolean then
    if p_kind = 'spend' and p_max is null then perform holdpoint.fail(400, 'missing_field', 'An effect that spends says how much at most.', 'max'); end if;
    insert into public.effects as e (job_id, key, venture, kind, settle, run_no, token, max_microusd, not_after, intent_at, tries, settled_at, outcome, cost_microusd, dry_run)
    values (p_job, p_effect, v_run.venture, p_kind::public.effect_kind, p_settle::public.effect_settlement, v_run.run_no, p_token, greatest(coalesce(p_max, 0), 0), v_now, v_now, 1, v_now, 'not_done', 0, true)
    on conflict (job_id, key) do nothing;
    if found then
      v_seq := holdpoint.append_job_event(p_job, 'effect.dry_run', 'worker', p_worker::text, v_run.run_no, jsonb_build_object('key', p_effect, 'kind', p_kind, 'max_microusd', coalesce(p_max, 0)), v_now);
      perform holdpoint.append_feed(array[p_job], array[v_seq], array[v_run.venture::text]);
    end if;
    return jsonb_build_object('state', 'dry_run');
  end if;
  v_not_after := least(v_run.lease_until - make_interval(secs => v_run.lease_ms / 10000.0), v_now + make_interval(secs => p_within_ms / 1000.0));
  if v_not_after <= v_now then
    perform holdpoint.fail(503, 'lease_short', 'The lease of job ' || p_job || ' is about to run out.', null, 'Renew it first.');
  end if;
  v_fresh := v.job_id is null or v.settled_at is not null;
  if not v_fresh and v.token <> p_token then
    if v.not_after + make_interval(secs => v_run.lease_ms / 10000.0) > v_now then
      return jsonb_build_object('state', 'wait', 'wait_ms', ceil(extract(epoch from v.not_after - v_now) * 1000 + v_run.lease_ms / 10.0));
    end if;
    if not p_reconciled and (v.settle = 'reconcile' or v.dedupe_until is null or v.dedupe_until < v_not_after) then
      return jsonb_build_object('state', 'reconcile', 'intent_at', v.intent_at);
    end if;
  end if;
  if not v_fresh and v.token = p_token and not p_reconciled then
    -- The answer of the first call was lost; the call outside was not made without it.
    return jsonb_build_object('state', 'call', 'within_ms', floor(extract(epoch from v.not_after - v_now) * 1000), 'attempt', v.tries);
  end if;
  if v_fresh then
    if coalesce(p_max, 0) < 0 or p_max > holdpoint.most_money() then perform holdpoint.fail(400, 'bad_field', 'The most an effect may cost is zero or more, and no more than a billion dollars.', 'max'); end if;
    if p_kind = 'spend' and p_max is null then perform holdpoint.fail(400, 'missing_field', 'An effect that spends says how much at most.', 'max'); end if;
    if p_max > 0 then
      select r.left_microusd into v_left from public.reservations r where r.job_id = p_job and r.run_no = v_run.run_no;
      if coalesce(v_left, 0) < p_max then
        perform holdpoint.fail(422, 'over_reservation', 'The effect may cost ' || holdpoint.dollars(p_max) || '; ' || holdpoint.dollars(coalesce(v_left, 0)) || ' are left of what this run may cost.', 'max', 'Raise the ceiling of the job type.');
      end if;
    end if;
    insert into public.effects as e (job_id, key, venture, kind, settle, run_no, token, max_microusd, not_after, intent_at, dedupe_until, authorised_run, tries)
    values (p_job, p_effect, v_run.venture, p_kind::public.effect_kind, p_settle::public.effect_settlement, v_run.run_no, p_token, coalesce(p_max, 0), v_not_after, v_now,
      v_now + make_interval(secs => p_dedupe_ms / 1000.0), case when p_max > 0 then v_run.run_no end, 1)
    on conflict (job_id, key) do update set kind = excluded.kind, settle = excluded.settle, run_no = excluded.run_no, token = excluded.token, max_microusd = excluded.max_microusd,
      not_after = excluded.not_after, intent_at = excluded.intent_at, dedupe_until = excluded.dedupe_until, authorised_run = excluded.authorised_run, tries = e.tries + 1,
      settled_at = null, outcome = null, receipt = null, cost_microusd = null
    returning * into v;
    if p_max > 0 then perform holdpoint.book_effect('authorise', v, -p_max, p_max, 0, 0, 'worker', p_worker::text); end if;
  else
    update public.effects set run_no = v_run.run_no, token = p_token, not_after = v_not_after, tries = tries + 1,
      dedupe_until = case when p_reconciled then v_now + make_interval(secs => p_dedupe_ms / 1000.0) else dedupe_until end
    where job_id = p_job and key = p_effect returning * into v;
  end if;
  v_seq := holdpoint.append_job_event(p_job, 'effect.intent', 'worker', p_worker::text, v_run.run_no,
    jsonb_build_object('key', p_effect, 'kind', v.kind, 'settle', v.settle, 'max_microusd', v.max_microusd, 'not_after', holdpoint.micros(v.not_after), 'try', v.tries), v_now);
  perform holdpoint.append_feed(array[p_job], array[v_seq], array[v_run.venture::text]);
  return jsonb_build_object('state', 'call', 'within_ms', floor(extract(epoch from v.not_after - v_now) * 1000), 'attempt', v.tries);
end $$;
comment on function holdpoint.begin_effect(uuid, text, uuid, bigint, text, text, text, bigint, bigint, bigint, boolean) is
  'Commits the intent of an effect under the run''s token and unexpired lease, and authorises its max inside the reservation. Answers call (the call may begin within so many ms), done (an earlier run has the receipt), wait (an earlier intent may still be acted on), dry_run (the job is one: the intent is recorded as not done, and nothing may be called), reconcile (ask whether it happened, then repeat with p_reconciled). 409 lease_lost, lease_expired, stopped, canceled, parked; 422 kind_not_declared, over_reservation.';

create function holdpoint.finish_effect(p_worker uuid, p_key text, p_job uuid, p_token bigint, p_effect text, p_outcome text, p_receipt jsonb, p_cost bigint, p_finding text)
returns text language plpgsql volatile security definer set search_path = '' as $$
declare v public.effects; v_run int; v_now timestamptz; v_seq int; v_cost bigint;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  perform 1 from public.jobs j where j.id = p_job for no key update;
  select r.run_no into v_run from public.runs r where r.job_id = p_job and r.token = p_token and r.worker_id = p_worker for no key update;
  if not found then perform holdpoint.fail(409, 'lease_lost', 'This process never held job ' || p_job || ' under this token.'); end if;
  select * into v from public.effects e where e.job_id = p_job and e.key = p_effect for update;
  if v.job_id is null then perform holdpoint.fail(404, 'unknown_effect', 'Job ' || p_job || ' has no effect "' || left(p_effect, 60) || '".', 'key'); end if;
  if v.settled_at is not null then return 'repeat'; end if;
  v_now := clock_timestamp();
  if p_outcome = 'unknown' then
    update public.effects set unknown_at = v_now where job_id = p_job and key = p_effect;
  elsif p_outcome in ('done', 'not_done') then
    -- A run that has lost its lease may still bring the receipt: that it happened is true whoever says it. That it did
    -- not happen only the run that holds the intent may say.
    if p_outcome = 'not_done' and v.token <> p_token then return 'late'; end if;
    v_cost := case p_outcome when 'done' then least(greatest(coalesce(p_cost, v.max_microusd), 0), holdpoint.most_money()) else 0 end;
    update public.effects set settled_at = v_now, outcome = p_outcome, receipt = p_receipt, cost_microusd = v_cost, unknown_at = null where job_id = p_job and key = p_effect;
    if v.authorised_run is not null then
      perform holdpoint.capture_effect('capture', v, v_cost, 'worker', p_worker::text);
    elsif v_cost > 0 and exists (select 1 from public.reservations r where r.job_id = p_job and r.run_no = v.run_no) then
      -- Nothing was authorised for it: all of it is overrun.
      v.authorised_run := v.run_no;
      perform holdpoint.book_effect('capture', v, 0, 0, 0, v_cost, 'worker', p_worker::text);
    elsif v_cost > 0 then
      perform holdpoint.settle_money('capture', array[p_job], array[v.run_no], array[v.venture::text], array[v_cost], 'worker', p_worker::text);
    end if;
    if v_cost > 0 then
      update public.jobs set cost_microusd = cost_microusd + v_cost where id = p_job;
      update public.runs set cost_microusd = cost_microusd + v_cost where job_id = p_job and run_no = v.run_no;
    end if;
  else
    perform holdpoint.fail(400, 'bad_field', 'An effect ends done, not_done or unknown.', 'outcome');
  end if;
  v_seq := holdpoint.append_job_event(p_job, 'effect.' || p_outcome, 'worker', p_worker::text, null,
    jsonb_build_object('key', p_effect, 'by_run', v_run, 'receipt_sha256', encode(sha256(convert_to(coalesce(p_receipt, 'null')::text, 'UTF8')), 'hex'), 'cost_microusd', coalesce(v_cost, 0),
      'finding', left(p_finding, 500)), v_now);
  perform holdpoint.append_feed(array[p_job], array[v_seq], array[v.venture::text]);
  return 'recorded';
end $$;
comment on function holdpoint.finish_effect(uuid, text, uuid, bigint, text, text, jsonb, bigint, text) is
  'Records how an effect ended: done (receipt, captured cost; no cost given: its max), not_done (the call was not made, or the provider says so; its authorisation is returned), unknown (nobody can tell: the job goes to quarantine). Idempotent; needs no live lease, since a receipt is true whenever it comes. recorded, repeat or late.';

create function public.correct_authorisation(p_job uuid, p_effect text, p_happened boolean, p_reason text, p_cost bigint default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_job public.jobs; v_operator public.operators; v public.effects; v_now timestamptz; v_seq int; v_cost bigint;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_job := holdpoint.lock_job(p_job, 'admin');
  v_operator := holdpoint.require_role(v_job.venture, 'admin');
  if p_happened is null then perform holdpoint.fail(400, 'missing_field', 'Say whether the effect happened.', 'happened'); end if;
  if p_cost is not null and p_cost not between 0 and holdpoint.most_money() then perform holdpoint.fail(400, 'negative_money', 'What it cost is zero or more, and no more than a billion dollars.', 'cost'); end if;
  if length(trim(coalesce(p_reason, ''))) < 3 then perform holdpoint.fail(400, 'missing_field', 'A correction needs a reason of at least three characters.', 'reason', 'Say in a few words how you know.'); end if;
  select * into v from public.effects e where e.job_id = p_job and e.key = p_effect for update;
  if v.job_id is null then perform holdpoint.fail(404, 'unknown_effect', 'Job ' || p_job || ' has no effect "' || left(p_effect, 60) || '".', 'effect'); end if;
  if v.settled_at is not null then perform holdpoint.fail(409, 'effect_settled', 'The effect "' || left(p_effect, 60) || '" is settled already.', 'effect'); end if;
  if v_job.state = 'running' then perform holdpoint.fail(409, 'still_running', 'Job ' || p_job || ' runs; it may bring the receipt itself.', 'job', 'Wait for the run''s end, or stop it.'); end if;
  v_now := clock_timestamp();
  v_cost := case when p_happened then coalesce(p_cost, v.max_microusd) else 0 end;
  update public.effects set settled_at = v_now, outcome = case when p_happened then 'done' else 'not_done' end, cost_microusd = v_cost, unknown_at = null,
    receipt = jsonb_build_object('corrected_by', v_operator.email, 'reason', left(trim(p_reason), 500))
  where job_id = p_job and key = p_effect;
  perform holdpoint.capture_effect('correct', v, v_cost, 'operator', v_operator.email);
  update public.jobs set cost_microusd = cost_microusd + v_cost where id = p_job;
  v_seq := holdpoint.append_job_event(p_job, 'effect.corrected', 'operator', v_operator.email, null,
    jsonb_build_object('key', p_effect, 'happened', p_happened, 'cost_microusd', v_cost, 'reason', left(trim(p_reason), 500)), v_now);
  perform holdpoint.append_feed(array[p_job], array[v_seq], array[v_job.venture::text]);
  return jsonb_build_object('job_id', p_job, 'effect', p_effect, 'happened', p_happened, 'cost_microusd', v_cost);
end $$;
comment on function public.correct_authorisation(uuid, text, boolean, text, bigint) is
  'An admin says how an open effect ended: it happened (cost: its max unless given), or it did not and its authorisation is returned. Later runs take it as settled, or call anew. 404 unknown_effect, 409 effect_settled, still_running.';
