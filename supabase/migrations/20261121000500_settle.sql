-- Holdpoint, part 5: how runs end that their worker settles.

-- What follows a run -----------------------------------------------------------------------------------------------

create function holdpoint.backoff_ms(p_tier public.retry_tiers, p_retries_used int, p_random double precision) returns bigint
language sql immutable set search_path = '' as $$
  select case p_tier.backoff
    when 'exponential' then (least(p_tier.max_ms, p_tier.base_ms * 2.0 ^ least(p_retries_used, 30)) * (0.5 + p_random / 2))::bigint
    when 'linear' then least(p_tier.max_ms::bigint, p_tier.base_ms * (p_retries_used + 1)::bigint)
    else 0 end
$$;
comment on function holdpoint.backoff_ms(public.retry_tiers, int, double precision) is
  'Milliseconds before retry number p_retries_used + 1. Exponential with equal jitter (half fixed, half random: AWS Architecture Blog, Exponential Backoff And Jitter), or linear. p_random in [0, 1).';

create function holdpoint.after_failure(p_job public.jobs, p_class public.error_class) returns text
language plpgsql stable set search_path = '' as $$
declare v_tier public.retry_tiers; v_class record; v_effects boolean;
begin
  if p_class = 'unsafe' then return 'quarantined'; end if;
  v_tier := holdpoint.tier_of(p_job.policy_version, p_job.tier);
  v_class := holdpoint.class_rule(p_job.policy_version, p_class);
  if v_class.retry and p_job.retries_used < v_tier.retries then
    return case when v_tier.retries_by_itself then 'queued' else 'held' end;
  end if;
  select cardinality(t.effect_kinds) > 0 into v_effects from public.job_types t where t.name = p_job.type and t.version = p_job.type_version;
  return case when v_effects then 'quarantined' else v_class.used_up end;
end $$;
comment on function holdpoint.after_failure(public.jobs, public.error_class) is
  'Where a counted failure leads: queued or held (a retry), dead (used up, known harmless) or quarantined. By the tier''s and the class''s rules of the policy version that admitted the job. afterFailure() of packages/policy says the same and a test compares them.';

create function holdpoint.recommended_action(p_class public.error_class, p_state text) returns text language sql immutable as $$
  select case p_class
    when 'bad_input' then 'Correct the input and submit again; discard this job.'
    when 'unsafe' then 'Look at what it produced before anything else; discard unless it is known to be safe.'
    when 'bug' then 'Read the last log lines; release after the handler was mended.'
    when 'timeout' then 'See what it was doing when its time ran out; release, or raise the limit of the type.'
    when 'budget' then 'Look at its cost; raise the ceiling or discard.'
    when 'transient' then 'Check the service it needs; release when that answers again.'
    else 'Look at the workers it died on; release it once they are well.' end
$$;
comment on function holdpoint.recommended_action(public.error_class, text) is 'What an operator should do with a job whose retries this class of failure used up.';

create function holdpoint.record_failure(p_job public.jobs, p_state public.job_state, p_reason text, p_class public.error_class, p_finding text, p_at timestamptz, p_evidence jsonb default '{}')
returns void language plpgsql volatile set search_path = '' as $$
begin
  insert into public.incidents (id, subject_kind, subject, job_id, run_no, venture, state, reason, severity, error_class, finding, recommended, evidence, opened_by_kind, opened_by_id, created_at)
  select holdpoint.new_id(), 'job', p_job.id::text, p_job.id, p_job.run_no, p_job.venture, p_state, p_reason, r.severity, p_class, left(coalesce(p_finding, p_reason), 2000),
    case p_reason when 'retries_used_up' then holdpoint.recommended_action(p_class, p_state::text) else r.recommended end,
    holdpoint.kept_evidence(p_evidence), 'worker', r_run.worker_id::text, p_at
  from public.incident_reasons r left join public.runs r_run on r_run.job_id = p_job.id and r_run.run_no = p_job.run_no where r.reason = p_reason;
  if not found then raise exception 'record_failure: % is no reason of the catalogue', p_reason; end if;
  insert into public.tasks (id, queue, venture, job_id, subject, due_at, created_at)
  values (holdpoint.new_id(), case p_state when 'dead' then 'dead-letter' else 'quarantine' end::public.task_queue, p_job.venture, p_job.id,
    jsonb_build_object('job', p_job.id, 'run', p_job.run_no, 'reason', p_reason, 'class', p_class), p_at, p_at);
end $$;
comment on function holdpoint.record_failure(public.jobs, public.job_state, text, public.error_class, text, timestamptz, jsonb) is
  'The dead or quarantined record and its task, in the transition that causes them.';

create function holdpoint.end_run(p_job public.jobs, p_to public.job_state, p_event text, p_actor_kind text, p_actor_id text, p_data jsonb, p_at timestamptz,
  p_run_at timestamptz default null, p_held_for public.held_reason default null, p_retry int default 0, p_loss int default 0, p_death int default 0, p_reason text default null)
returns int language plpgsql volatile set search_path = '' as $$
begin
  update public.jobs j set
    state = p_to, phase = holdpoint.phase_of(p_to), token = null,
    dispatch_no = j.dispatch_no + case p_to when 'queued' then 1 else 0 end,
    run_at = coalesce(p_run_at, j.run_at), held_for = p_held_for, reason = p_reason,
    held_until = case p_to when 'held' then p_at + make_interval(secs => (select approval_expires_ms from public.settings) / 1000.0) end,
    retries_used = j.retries_used + p_retry, losses = j.losses + p_loss, deaths = j.deaths + p_death,
    -- A counted retry asks again, unless the approval was for retries too; an uncounted loss or the end of a park is covered by the decision that stands.
    decision_id = case when (p_to = 'queued' and (p_retry = 0 or coalesce((j.approval ->> 'covers_retries')::boolean, false))) or p_held_for = 'park' then j.decision_id end, decided_from = null,
    cancel_requested_at = case p_to when 'canceled' then j.cancel_requested_at end, cancel_reason = case p_to when 'canceled' then j.cancel_reason end,
    ended_at = case when p_to in ('succeeded', 'canceled', 'rejected', 'expired') then p_at end
  where j.id = p_job.id and j.state = 'running' and j.token = p_job.token;
  if not found then raise exception 'end_run: job % is not running under token %', p_job.id, p_job.token; end if;
  if p_to = 'queued' then
    insert into holdpoint.queued_again (job_id, venture, queue) values (p_job.id, p_job.venture, p_job.queue) on conflict do nothing;
  end if;
  if p_to = 'held' then
    insert into public.tasks (id, queue, venture, job_id, subject, due_at, created_at)
    values (holdpoint.new_id(), 'approval', p_job.venture, p_job.id, jsonb_build_object('job', p_job.id, 'held_for', p_held_for), p_at, p_at);
  end if;
  return holdpoint.append_job_event(p_job.id, p_event, p_actor_kind, p_actor_id, p_job.run_no, p_data, p_at);
end $$;
comment on function holdpoint.end_run(public.jobs, public.job_state, text, text, text, jsonb, timestamptz, timestamptz, public.held_reason, int, int, int, text) is
  'running to p_to, with its event. The caller holds the job row, and settles the run, the limits and the feed.';

create function holdpoint.free_limits(p_ventures text[]) returns void
language plpgsql volatile set search_path = '' set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare v_free text[];
begin
  -- In the order of their keys, as in claim_at_once.
  with n as materialized (select v, count(*)::int as n from unnest(p_ventures) v group by v order by v),
  l as (
    update public.limits l set in_use = greatest(0, l.in_use - n.n) from n where l.scope = 'venture' and l.key = any (p_ventures) and l.key = n.v and l.kind = 'concurrency'
    returning l.key, l.in_use, l.max
  )
  select array_agg(l.key) filter (where l.in_use < l.max) into v_free from l;
  -- A statement of its own: it must see a block that was set while this one waited for the row.
  delete from public.blocks b where b.scope = 'venture' and b.kind = 'concurrency' and b.key = any (v_free);
end $$;
comment on function holdpoint.free_limits(text[]) is 'One entry per ended run. Lifts the concurrency block under the same row''s lock that sets it. After jobs and runs in the lock order.';

-- Settle -----------------------------------------------------------------------------------------------------------

create function holdpoint.settle_one(p_job public.jobs, p_worker uuid, p_outcome text, p_class text, p_message text, p_cost bigint, p_retry_at timestamptz,
  p_log_bytes bigint, p_log_sha text, p_at timestamptz, p_unsafe jsonb default null)
returns int language plpgsql volatile set search_path = '' as $$
declare
  v_data jsonb := jsonb_build_object('outcome', p_outcome, 'cost_microusd', coalesce(p_cost, 0), 'log', jsonb_build_array(coalesce(p_log_bytes, 0), coalesce(p_log_sha, '')));
  v_class public.error_class := p_class::public.error_class;
  v_to text; v_seq int; v_run_at timestamptz; v_reason text;
begin
  if p_job.cancel_requested_at is not null or p_outcome = 'canceled' then
    return holdpoint.end_run(p_job, 'canceled', 'canceled', 'worker', p_worker::text, v_data || jsonb_build_object('reason', p_job.cancel_reason), p_at, p_reason => p_job.cancel_reason);
  end if;
  if p_outcome = 'stopped' then
    if p_job.losses + 1 > (select max_uncounted_losses from public.settings) then
      v_seq := holdpoint.end_run(p_job, 'dead', 'dead', 'worker', p_worker::text, v_data || '{"reason":"too_many_losses"}', p_at, p_loss => 1, p_reason => 'too_many_losses');
      perform holdpoint.record_failure(p_job, 'dead', 'too_many_losses', 'lost', 'Stopped or lost too often.', p_at);
      return v_seq;
    end if;
    return holdpoint.end_run(p_job, 'queued', 'stopped', 'worker', p_worker::text, v_data, p_at, p_run_at => p_at, p_loss => 1);
  end if;
  if p_outcome = 'parked' then
    return holdpoint.park_run(p_job, p_worker, v_data, p_retry_at, p_at);
  end if;
  if p_outcome = 'declined' then
    v_seq := holdpoint.decline_run(p_job, p_worker, v_data || jsonb_build_object('outcome', 'failed', 'class', p_class), p_message, p_at);
    if v_seq is not null then return v_seq; end if;
    v_data := v_data || '{"outcome":"failed"}';
  end if;
  -- failed
  v_data := v_data || jsonb_build_object('class', p_class, 'message', left(p_message, 2000));
  if p_retry_at is not null and v_class not in ('unsafe', 'bad_input') then
    return holdpoint.end_run(p_job, 'queued', 'snoozed', 'worker', p_worker::text, v_data || jsonb_build_object('run_at', holdpoint.micros(p_retry_at)), p_at,
      p_run_at => greatest(p_retry_at, p_at), p_reason => left(p_message, 200));
  end if;
  v_to := holdpoint.after_failure(p_job, v_class);
  if v_to = 'queued' then
    v_run_at := p_at + make_interval(secs => holdpoint.backoff_ms(holdpoint.tier_of(p_job.policy_version, p_job.tier), p_job.retries_used, random()) / 1000.0);
    return holdpoint.end_run(p_job, 'queued', 'retry_planned', 'worker', p_worker::text, v_data || jsonb_build_object('run_at', holdpoint.micros(v_run_at), 'retry', p_job.retries_used + 1),
      p_at, p_run_at => v_run_at, p_retry => 1, p_reason => left(p_message, 200));
  end if;
  if v_to = 'held' then
    return holdpoint.end_run(p_job, 'held', 'held', 'worker', p_worker::text, v_data || '{"reason":"retry_needs_a_person"}', p_at, p_held_for => 'retry', p_reason => 'retry_needs_a_person');
  end if;
  v_reason := holdpoint.failure_reason(p_job, v_class, p_unsafe ->> 'reason');
  v_seq := holdpoint.end_run(p_job, v_to::public.job_state, v_to, 'worker', p_worker::text, v_data || jsonb_build_object('reason', v_reason), p_at, p_reason => left(p_message, 200));
  perform holdpoint.record_failure(p_job, v_to::public.job_state, v_reason, v_class, coalesce(p_unsafe ->> 'finding', p_message), p_at, p_unsafe -> 'evidence');
  return v_seq;
end $$;
comment on function holdpoint.settle_one(public.jobs, uuid, text, text, text, bigint, timestamptz, bigint, text, timestamptz, jsonb) is
  'The next state of one running job whose run did not simply succeed. Cancel wins. p_unsafe: what an unsafe failure said of itself {reason, finding, evidence}. Returns the event''s number.';

create function holdpoint.settle_judged(p_worker uuid, p_job_ids uuid[], p_tokens bigint[], p_outcomes text[], p_error_classes text[],
  p_error_messages text[], p_costs bigint[], p_retry_at timestamptz[], p_log_bytes bigint[], p_log_sha256 text[], p_results jsonb[])
returns table (ord int, job_id uuid, verdict text, state text)
language plpgsql volatile set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off set enable_partition_pruning = off as $$
declare
  v_ords int[]; v_ids uuid[]; v_verdicts text[]; v_freed text[]; v_plain boolean; v_now timestamptz; v_outcome text; v_class text; v_run public.runs;
  v_job public.jobs; v_unsafe jsonb; v_provider text; v_failed public.jobs[] := '{}'; v_failed_of text[] := '{}'; v_failed_until timestamptz[] := '{}'; v_i int; v_streams uuid[] := '{}'; v_seqs int[] := '{}'; v_ventures text[] := '{}';
  v_paid_jobs uuid[]; v_paid_runs int[]; v_paid_ventures text[]; v_paid_costs bigint[]; v_slotted uuid[];
begin
  -- 1. Lock in id order; judge by the locked row. A run is settled by the process that holds it, once in a batch.
  select array_agg(l.ord), array_agg(l.id), array_agg(l.verdict), array_agg(l.venture) filter (where l.verdict in ('succeeded', 'other')), bool_and(l.verdict = 'succeeded'),
    array_agg(l.id) filter (where l.spends), array_agg(l.run_no) filter (where l.spends), array_agg(l.venture) filter (where l.spends), array_agg(l.cost) filter (where l.spends),
    array_agg(l.id) filter (where l.slots is not null and l.verdict in ('succeeded', 'other'))
  into v_ords, v_ids, v_verdicts, v_freed, v_plain, v_paid_jobs, v_paid_runs, v_paid_ventures, v_paid_costs, v_slotted
  from (
    select l.*, l.verdict <> 'late' and (l.paid or l.cost > 0) as spends from (
    select i.ord::int as ord, i.id, j.venture::text as venture, j.run_no, j.paid, j.slots, coalesce(p_costs[i.ord], 0) as cost,
      case when j.state = 'running' and j.token = i.token and i.nth = 1
          and exists (select 1 from public.runs r where r.job_id = i.id and r.token = i.token and r.worker_id = p_worker)
        then case when i.outcome = 'succeeded' and j.cancel_requested_at is null then 'succeeded' else 'other' end
        else 'late' end as verdict
    from (select u.*, row_number() over (partition by u.id, u.token order by u.ord) as nth
      from unnest(p_job_ids, p_tokens, p_outcomes) with ordinality u(id, token, outcome, ord) order by u.id, u.ord) i
    left join lateral (select j.state, j.token, j.venture, j.cancel_requested_at, j.run_no, j.paid, j.slots from public.jobs j where j.id = i.id for no key update) j on true
    ) l
  ) l;
  if not coalesce(v_plain, true) then
    -- Those that succeeded are updated first, the others after them: lock all runs in order before.
    perform 1 from (select n.id from unnest(v_ids, v_verdicts) n(id, verdict) where n.verdict <> 'late' order by n.id) n
    cross join lateral (select 1 from public.runs r where r.job_id = n.id and r.ended_at is null for no key update) r;
  end if;
  v_now := clock_timestamp();

  -- 2. Runs that succeeded: one statement for all.
  return query
  with x as materialized (select v_now as t, holdpoint.micros(v_now) as us),
  i as materialized (
    select n.id, p_tokens[n.ord] as token, coalesce(p_costs[n.ord], 0) as cost, coalesce(p_log_bytes[n.ord], 0) as bytes, coalesce(p_log_sha256[n.ord], '') as sha,
      p_results[n.ord] as result, n.ord, x.t, x.us
    from unnest(v_ords, v_ids, v_verdicts) n(ord, id, verdict), x where n.verdict = 'succeeded' order by n.id
  ), u as (
    update public.jobs j set state = 'succeeded', token = null, result = i.result, cost_microusd = j.cost_microusd + i.cost, updated_at = i.t, ended_at = i.t, seq = j.seq + 1,
      head = holdpoint.next_hash(j.head, holdpoint.event_body(j.id, j.seq + 1, 'succeeded', i.us, 'worker', p_worker::text, j.run_no::text,
        '{"outcome":"succeeded","cost_microusd":' || i.cost || ',"log":[' || i.bytes || ',"' || i.sha || '"]}'))
    from i where j.id = i.id
    returning j.id, j.seq, j.head, j.run_no, j.venture, i.cost, i.bytes, i.sha, i.t, i.us, i.ord
  ), e as (
    insert into public.job_events (stream, seq, venture, type, at, body, hash)
    select u.id, u.seq, u.venture, 'succeeded', u.t, holdpoint.event_body(u.id, u.seq, 'succeeded', u.us, 'worker', p_worker::text, u.run_no::text,
      '{"outcome":"succeeded","cost_microusd":' || u.cost || ',"log":[' || u.bytes || ',"' || u.sha || '"]}'), u.head
    from u
  ), r as (
    update public.runs r set ended_at = u.t, outcome = 'succeeded', cost_microusd = r.cost_microusd + u.cost, log_bytes = u.bytes, log_sha256 = nullif(u.sha, '')
    from u where r.job_id = u.id and r.run_no = u.run_no
  ), f as (
    select holdpoint.append_feed(array_agg(u.id), array_agg(u.seq), array_agg(u.venture::text)) from u having count(*) > 0
  )
  select u.ord, u.id, 'settled', 'succeeded' from u left join f on true;

  -- 3. All others, one by one.
  if not coalesce(v_plain, true) then
    for v_i in select n.i from unnest(v_ids, v_verdicts) with ordinality n(id, verdict, i) where n.verdict <> 'succeeded' order by n.id, n.i loop
      ord := v_ords[v_i]; job_id := v_ids[v_i];
      if v_verdicts[v_i] = 'other' then
        -- What makes no sense is a bug of the caller, and no reason to fail the others.
        v_outcome := case when p_outcomes[ord] in ('succeeded', 'failed', 'canceled', 'stopped', 'parked', 'declined') then p_outcomes[ord] else 'failed' end;
        v_class := case when v_outcome = 'declined' then 'bad_input' when v_outcome = 'failed' then case when p_error_classes[ord] = any (enum_range(null::public.error_class)::text[]) then p_error_classes[ord] else 'bug' end end;
        select * into strict v_job from public.jobs j where j.id = job_id;
        update public.runs r set ended_at = v_now, outcome = case v_outcome when 'declined' then 'failed' else v_outcome end::public.run_outcome,
          error_class = v_class::public.error_class, error_message = left(p_error_messages[ord], 2000),
          cost_microusd = r.cost_microusd + coalesce(p_costs[ord], 0), log_bytes = coalesce(p_log_bytes[ord], 0), log_sha256 = nullif(p_log_sha256[ord], '')
        where r.job_id = v_job.id and r.run_no = v_job.run_no;
        v_unsafe := case when v_class = 'unsafe' then p_results[ord] end;
        v_provider := case when v_class in ('transient', 'timeout') then p_results[ord] ->> '$provider' end;
        if v_provider is not null then
          v_failed := v_failed || v_job; v_failed_of := v_failed_of || v_provider; v_failed_until := array_append(v_failed_until, p_retry_at[ord]);
        elsif (p_results[ord] is not null and v_unsafe is null) or coalesce(p_costs[ord], 0) > 0 then
          update public.jobs j set result = coalesce(case when v_unsafe is null then p_results[ord] end, j.result), cost_microusd = j.cost_microusd + coalesce(p_costs[ord], 0) where j.id = v_job.id;
        end if;
        v_seqs := v_seqs || holdpoint.settle_one(v_job, p_worker, v_outcome, v_class, p_error_messages[ord], p_costs[ord], p_retry_at[ord],
          p_log_bytes[ord], p_log_sha256[ord], v_now, v_unsafe);
        v_streams := v_streams || v_job.id; v_ventures := v_ventures || v_job.venture::text;
        verdict := 'settled';
      else
        select j.* into v_job from public.jobs j where j.id = job_id;
        select r.* into v_run from public.runs r where r.job_id = v_ids[v_i] and r.token = p_tokens[ord] and r.worker_id = p_worker;
        if v_run.outcome is not null and v_run.outcome <> 'lost' then
          verdict := 'repeat';
        else
          verdict := 'late';
          -- Told once, and only of a run that this process once held.
          if v_run.outcome = 'lost' and v_job.id is not null and not exists (select 1 from public.job_events e
            where e.stream = v_job.id and e.type = 'late_result' and (e.body::jsonb #>> '{data,token}')::bigint = p_tokens[ord])
          then
            v_seqs := v_seqs || holdpoint.append_job_event(v_job.id, 'late_result', 'worker', p_worker::text, null, jsonb_build_object('token', p_tokens[ord], 'outcome', p_outcomes[ord])
              || case when p_costs[ord] > 0 then jsonb_build_object('cost_microusd', p_costs[ord]) else '{}' end, v_now);
            v_streams := v_streams || v_job.id; v_ventures := v_ventures || v_job.venture::text;
            if p_costs[ord] > 0 then
              -- It changes nothing but the books: the money is gone, and its reservation was returned with the lease.
              v_paid_jobs := v_paid_jobs || v_job.id; v_paid_runs := v_paid_runs || v_run.run_no; v_paid_ventures := v_paid_ventures || v_job.venture::text;
              v_paid_costs := v_paid_costs || p_costs[ord];
            end if;
          end if;
        end if;
      end if;
      select j.state::text into state from public.jobs j where j.id = job_id;
      return next;
    end loop;
  end if;
  if v_freed is not null then perform holdpoint.free_limits(v_freed); end if;
  if v_slotted is not null then perform holdpoint.free_slots(v_slotted, p_worker); end if;
  if cardinality(v_failed_of) > 0 then
    perform holdpoint.note_provider_failure(v_failed[u.n], u.name, v_failed_until[u.n]) from unnest(v_failed_of) with ordinality u(name, n) order by u.name, u.n;
  end if;
  if v_paid_jobs is not null then
    perform holdpoint.settle_money('settle', v_paid_jobs, v_paid_runs, v_paid_ventures, v_paid_costs, 'worker', p_worker::text);
  end if;
  perform holdpoint.append_feed(v_streams, v_seqs, v_ventures);
end $$;
comment on function holdpoint.settle_judged(uuid, uuid[], bigint[], text[], text[], text[], bigint[], timestamptz[], bigint[], text[], jsonb[]) is
  'Settles with a verdict per item: locks the rows, judges each. What failed as unsafe gives {reason, finding, evidence} in place of its result, what failed because of a provider {$provider}. The caller holds the control lock and has checked the worker.';

create function holdpoint.settle_at_once(p_worker uuid, p_job_ids uuid[], p_tokens bigint[], p_costs bigint[], p_log_bytes bigint[], p_log_sha256 text[], p_results jsonb[])
returns void
language plpgsql volatile set search_path = '' as $$
declare
  v_at timestamptz := clock_timestamp(); v_middle text := ',"type":"succeeded' || holdpoint.event_middle(v_at, 'worker', p_worker::text);
  v_ventures text[]; v_runs int; v_slotted uuid[];
  v_paid_jobs uuid[]; v_paid_runs int[]; v_paid_ventures text[]; v_paid_costs bigint[]; v_returned holdpoint.returned;
begin
  with i as materialized (
    select n.id, n.token, coalesce(n.cost, 0) as cost, coalesce(n.bytes, 0) as bytes, n.sha, n.result,
      coalesce(n.cost, 0)::text || ',"log":[' || coalesce(n.bytes, 0)::text || ',"' || coalesce(n.sha, '') || '"]}}' as rest
    from unnest(p_job_ids, p_tokens, p_costs, p_log_bytes, p_log_sha256, p_results) n(id, token, cost, bytes, sha, result) order by n.id
  ), u as (
    update public.jobs j set state = 'succeeded', token = null, result = i.result, cost_microusd = j.cost_microusd + i.cost, seq = j.seq + 1,
      updated_at = greatest(v_at, j.updated_at), ended_at = greatest(v_at, j.updated_at),
      head = holdpoint.next_hash(j.head, '{"v":1,"stream":"' || j.id::text || '","seq":' || (j.seq + 1)::text
        || case when j.updated_at > v_at then ',"type":"succeeded' || holdpoint.event_middle(j.updated_at, 'worker', p_worker::text) else v_middle end || j.run_no::text
        || ',"data":{"outcome":"succeeded","cost_microusd":' || i.rest)
    from i where j.id = i.id and j.state::text || '' = 'running' and j.token = i.token and j.cancel_requested_at is null
    returning j.id, j.seq, j.head, j.run_no, j.venture, i.cost, i.bytes, i.sha, i.rest, j.updated_at as at, j.paid or i.cost > 0 as spends, j.slots
  ), e as (
    insert into public.job_events (stream, seq, venture, type, at, body, hash)
    select u.id, u.seq, u.venture, 'succeeded', u.at, '{"v":1,"stream":"' || u.id::text || '","seq":' || u.seq::text
        || case when u.at > v_at then ',"type":"succeeded' || holdpoint.event_middle(u.at, 'worker', p_worker::text) else v_middle end || u.run_no::text
        || ',"data":{"outcome":"succeeded","cost_microusd":' || u.rest, u.head
    from u
  ), r as (
    update public.runs r set ended_at = u.at, outcome = 'succeeded', cost_microusd = r.cost_microusd + u.cost, log_bytes = u.bytes, log_sha256 = nullif(u.sha, '')
    from u where r.job_id = u.id and r.run_no = u.run_no and r.worker_id = p_worker
    returning 1
  ), f as (
    insert into holdpoint.feed (epoch, streams, seqs, ventures)
    select o.epoch, a.ids, a.seqs, a.ventures
    from (select array_agg(u.id) as ids, array_agg(u.seq) as seqs, array_agg(u.venture::text) as ventures from u) a, holdpoint.installation o where a.ids is not null
  )
  select array_agg(u.venture::text), (select count(*) from r), array_agg(u.id) filter (where u.spends), array_agg(u.run_no) filter (where u.spends),
    array_agg(u.venture::text) filter (where u.spends), array_agg(u.cost) filter (where u.spends), array_agg(u.id) filter (where u.slots is not null)
  into v_ventures, v_runs, v_paid_jobs, v_paid_runs, v_paid_ventures, v_paid_costs, v_slotted from u;
  if cardinality(v_ventures) is distinct from cardinality(p_job_ids) or v_runs <> cardinality(p_job_ids) then raise sqlstate 'HP001'; end if;
  -- Rows that claims and settles of the same ventures wait for are changed last: they are held until the commit is on disk.
  if v_paid_jobs is not null then v_returned := holdpoint.end_reservations('settle', v_paid_jobs, v_paid_runs, v_paid_ventures, v_paid_costs); end if;
  perform holdpoint.free_limits(v_ventures);
  if v_slotted is not null then perform holdpoint.free_slots(v_slotted, p_worker); end if;
  if v_paid_jobs is not null then perform holdpoint.book_returned(v_returned, 'worker', p_worker::text); end if;
end $$;
comment on function holdpoint.settle_at_once(uuid, uuid[], bigint[], bigint[], bigint[], text[], jsonb[]) is
  'Settles a batch of which every run succeeded, is held by this process and is not to be canceled: no look before the update. Raises HP001 when that is not so; the caller rolls back and judges each.';

create function holdpoint.settle_runs(p_worker uuid, p_key text, p_job_ids uuid[], p_tokens bigint[], p_outcomes text[], p_error_classes text[],
  p_error_messages text[], p_costs bigint[], p_retry_at timestamptz[], p_log_bytes bigint[], p_log_sha256 text[], p_results jsonb[])
returns table (ord int, job_id uuid, verdict text, state text)
language plpgsql volatile security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set enable_partition_pruning = off as $$
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  if 'succeeded' = all (p_outcomes) and cardinality(p_job_ids) > 0 then
    begin
      perform holdpoint.settle_at_once(p_worker, p_job_ids, p_tokens, p_costs, p_log_bytes, p_log_sha256, p_results);
      return query select 0, null::uuid, 'settled', 'succeeded';
      return;
    exception when sqlstate 'HP001' then
      -- At least one needs a verdict: nothing of the try stands.
      null;
    end;
  end if;
  return query select * from holdpoint.settle_judged(p_worker, p_job_ids, p_tokens, p_outcomes, p_error_classes, p_error_messages, p_costs, p_retry_at, p_log_bytes, p_log_sha256, p_results);
end $$;
comment on function holdpoint.settle_runs(uuid, text, uuid[], bigint[], text[], text[], text[], bigint[], timestamptz[], bigint[], text[], jsonb[]) is
  'Ends runs of this process: outcome, cost, next state, events. One answer per item, or one with ord 0 for the whole batch when every run had succeeded and was settled: settled, repeat (this settle was answered before) or late (the token is no longer current: one event, nothing else). Atomic for the batch, idempotent per token. An outcome or error class that does not exist counts as failed, bug.';
