-- Holdpoint, part 7.3: money. What the gate reserves, what a run's end books, and the blocks of full caps.

-- The gate's part ----------------------------------------------------------------------------------------------------

create function holdpoint.reserve_money(p_ids uuid[], p_verdicts text[], p_paid boolean[], p_ventures text[], p_run_nos int[], p_ceilings bigint[], p_decided boolean[],
  out verdicts text[], out reasons text[], out reserved bigint[])
language plpgsql volatile set search_path = '' as $$
declare
  v_scopes public.block_scope[]; v_keys text[]; v_periods public.cap_period[]; v_owners public.venture_key[];
  v_names text[]; v_caps bigint[]; v_used bigint[]; v_thresholds bigint[]; v_refused bigint[]; v_added bigint[];
  v_covered text[]; v_covered_keys public.venture_key[];
  v_now timestamptz; v_p holdpoint.periods; v_need bigint; v_authorised bigint; v_by int[]; v_c int; v_over boolean; v_full boolean; v_past boolean;
begin
  verdicts := p_verdicts;
  reasons := array_fill(null::text, array[cardinality(p_ids)]);
  reserved := array_fill(null::bigint, array[cardinality(p_ids)]);
  -- The ventures also as their domain's type: from text its pattern would be matched for each row of each table.
  select coalesce(array_agg(o.key::text), '{}'), array_agg(o.key) into v_covered, v_covered_keys
  from (select distinct u.v from unnest(p_ventures, p_verdicts, p_paid) u(v, verdict, paid) where u.verdict = 'ok' and u.paid) u join public.ventures o on o.key = u.v;
  perform holdpoint.lock_caps(v_covered);
  v_now := clock_timestamp();
  v_p := holdpoint.periods_at(v_now);
  select array_agg(c.scope), array_agg(c.key), array_agg(c.period), array_agg(c.venture), array_agg(c.scope || ':' || c.key || ':' || c.period), array_agg(holdpoint.cap_at(c, v_now)),
    array_agg(holdpoint.threshold_at(c, v_now)), array_agg(0::bigint), array_agg(null::bigint),
    array_agg(coalesce(u.reserved_microusd + u.authorised_microusd + u.captured_microusd + u.overrun_microusd, 0))
  into v_scopes, v_keys, v_periods, v_owners, v_names, v_caps, v_thresholds, v_added, v_refused, v_used
  from public.caps c
  left join public.cap_usage u on u.scope = c.scope and u.key = c.key and u.period = c.period and u.starts = case c.period when 'day' then v_p.day else v_p.week end
  where c.scope = 'everything' or (c.scope = 'venture' and c.key = any (v_covered));

  for i in 1..cardinality(p_ids) loop
    continue when verdicts[i] <> 'ok' or not p_paid[i];
    v_need := p_ceilings[i];
    v_authorised := 0;
    if p_run_nos[i] > 1 then
      -- The ceiling is the job's: what earlier runs have spent, or may still have, is gone.
      select v_need - coalesce(sum(r.authorised_microusd + r.captured_microusd + r.overrun_microusd), 0), coalesce(sum(r.authorised_microusd), 0) into v_need, v_authorised
      from public.reservations r where r.job_id = p_ids[i];
      -- With an authorisation open it runs to settle that, with nothing more to spend.
      if v_authorised > 0 then v_need := greatest(v_need, 0); end if;
    end if;
    v_by := array_remove(array[array_position(v_names, 'everything::day'), array_position(v_names, 'everything::week'),
      array_position(v_names, 'venture:' || p_ventures[i] || ':day'), array_position(v_names, 'venture:' || p_ventures[i] || ':week')], null);
    v_over := false; v_full := false; v_past := false;
    foreach v_c in array v_by loop
      v_over := v_over or v_need > v_caps[v_c];
      v_full := v_full or v_used[v_c] + v_need > v_caps[v_c];
      v_past := v_past or coalesce(v_used[v_c] + v_need > v_thresholds[v_c], false);
    end loop;
    if cardinality(v_by) = 0 or v_need < 0 or (v_need = 0 and v_authorised = 0) or v_over then
      verdicts[i] := 'held';
      reasons[i] := case when cardinality(v_by) = 0 then 'no_cap_set' when v_need <= 0 and v_authorised = 0 then 'ceiling_used_up' else 'over_cap' end;
    elsif v_full then
      verdicts[i] := 'cap';
      foreach v_c in array v_by loop
        if v_used[v_c] + v_need > v_caps[v_c] then v_refused[v_c] := least(v_refused[v_c], v_need); end if;
      end loop;
    elsif v_past and not p_decided[i] then
      verdicts[i] := 'held';
      reasons[i] := 'over_threshold';
    else
      reserved[i] := v_need;
      foreach v_c in array v_by loop
        v_used[v_c] := v_used[v_c] + v_need; v_added[v_c] := v_added[v_c] + v_need;
      end loop;
    end if;
  end loop;

  insert into public.cap_usage as u (scope, key, period, starts, venture, limit_microusd, reserved_microusd, refused_microusd)
  select n.scope, n.key, n.period, case n.period when 'day' then v_p.day else v_p.week end, n.owner, n.cap, n.added, n.refused
  from unnest(v_scopes, v_keys, v_periods, v_owners, v_caps, v_added, v_refused) n(scope, key, period, owner, cap, added, refused)
  where n.added > 0 or n.refused is not null
  on conflict (scope, key, period, starts) do update set reserved_microusd = u.reserved_microusd + excluded.reserved_microusd,
    limit_microusd = greatest(u.limit_microusd, excluded.limit_microusd), refused_microusd = least(u.refused_microusd, excluded.refused_microusd);
  with n as materialized (
    select u.id, u.run_no, v_covered_keys[array_position(v_covered, u.venture)] as venture, u.amount
    from unnest(p_ids, p_run_nos, p_ventures, reserved) u(id, run_no, venture, amount) where u.amount is not null
  ), r as (
    insert into public.reservations (job_id, run_no, venture, day, week, reserved_microusd, left_microusd, at)
    select n.id, n.run_no, n.venture, v_p.day, v_p.week, n.amount, n.amount, v_now from n
  )
  insert into public.ledger_entries (reason, venture, job_id, run_no, budget_microusd, reserved_microusd, day, week, at)
  select 'reserve', n.venture, n.id, n.run_no, -n.amount, n.amount, v_p.day, v_p.week, v_now from n where n.amount > 0;
end $$;
comment on function holdpoint.reserve_money(uuid[], text[], boolean[], text[], int[], bigint[], boolean[]) is
  'Reserves what is left of the ceiling of each paid run that passed so far, in the order given, so that a batch never commits more than a cap allows. Verdicts cap (a cap is full), held (reasons no_cap_set, ceiling_used_up, over_cap: it could never fit, over_threshold: the day is past its threshold and nobody approved), else ok with the amount. The caller holds the jobs'' rows and the limits; refresh_cap_blocks() follows a cap verdict.';

create function holdpoint.reserve_at_once(p_ids uuid[], p_ventures public.venture_key[], p_ceilings bigint[], p_periods holdpoint.periods, p_at timestamptz) returns void
language sql volatile set search_path = '' as $$
  insert into public.reservations (job_id, run_no, venture, day, week, reserved_microusd, left_microusd, at)
  select u.id, 1, u.venture, p_periods.day, p_periods.week, u.amount, u.amount, p_at from unnest(p_ids, p_ventures, p_ceilings) u(id, venture, amount)
$$;
comment on function holdpoint.reserve_at_once(uuid[], public.venture_key[], bigint[], holdpoint.periods, timestamptz) is
  'The reservations of first runs, before anyone knows whether the caps have room: these rows are the jobs'' own, so no other claim waits for them. book_reserved() follows, or all is rolled back.';

create function holdpoint.book_reserved(p_ids uuid[], p_ventures public.venture_key[], p_ceilings bigint[], p_periods holdpoint.periods) returns boolean
language plpgsql volatile set search_path = '' as $$
declare v_now timestamptz; v_fits boolean; v_scopes public.block_scope[]; v_keys text[]; v_periods public.cap_period[]; v_owners public.venture_key[]; v_caps bigint[]; v_needs bigint[];
begin
  perform holdpoint.lock_caps(p_ventures::text[]);
  v_now := clock_timestamp();
  if v_now >= p_periods.day_ends then return false; end if;
  with n as materialized (
    select 'everything'::public.block_scope as scope, '' as key, sum(u.need)::bigint as need from unnest(p_ceilings) u(need)
    union all select 'venture', u.v, sum(u.need)::bigint from unnest(p_ventures::text[], p_ceilings) u(v, need) group by u.v
  )
  select array_agg(c.scope), array_agg(c.key), array_agg(c.period), array_agg(c.venture), array_agg(k.cap), array_agg(n.need),
    bool_and(x.used + n.need <= k.cap and coalesce(x.used + n.need <= k.threshold, true))
      and (bool_or(c.scope = 'everything') or count(distinct c.key) = (select count(*) from n where n.scope = 'venture'))
  into v_scopes, v_keys, v_periods, v_owners, v_caps, v_needs, v_fits
  from n
  cross join lateral (select c.* from public.caps c where c.scope = n.scope and c.key = n.key offset 0) c
  cross join lateral (select holdpoint.cap_at(c, v_now) as cap, holdpoint.threshold_at(c, v_now) as threshold) k
  cross join lateral (
    select coalesce(sum(u.reserved_microusd + u.authorised_microusd + u.captured_microusd + u.overrun_microusd), 0) as used from public.cap_usage u
    where u.scope = c.scope and u.key = c.key and u.period = c.period and u.starts = case c.period when 'day' then p_periods.day else p_periods.week end
  ) x;
  if not coalesce(v_fits, false) then return false; end if;
  insert into public.cap_usage as u (scope, key, period, starts, venture, limit_microusd, reserved_microusd)
  select n.scope, n.key, n.period, case n.period when 'day' then p_periods.day else p_periods.week end, n.owner, n.cap, n.need
  from unnest(v_scopes, v_keys, v_periods, v_owners, v_caps, v_needs) n(scope, key, period, owner, cap, need)
  on conflict (scope, key, period, starts) do update set reserved_microusd = u.reserved_microusd + excluded.reserved_microusd,
    limit_microusd = greatest(u.limit_microusd, excluded.limit_microusd);
  -- Here and not with the reservations: read in the order of its ids the ledger never commits more than a cap allows.
  insert into public.ledger_entries (reason, venture, job_id, run_no, budget_microusd, reserved_microusd, day, week, at)
  select 'reserve', u.venture, u.id, 1, -u.amount, u.amount, p_periods.day, p_periods.week, v_now from unnest(p_ids, p_ventures, p_ceilings) u(id, venture, amount) where u.amount > 0;
  return true;
end $$;
comment on function holdpoint.book_reserved(uuid[], public.venture_key[], bigint[], holdpoint.periods) is
  'Books what reserve_at_once() reserved, under the caps'' rows. False, and nothing is booked: not all together fit, a venture has no cap, or the day is over; the caller rolls back.';

-- Full caps as blocks ------------------------------------------------------------------------------------------------

create function holdpoint.refresh_cap_blocks(p_ventures text[], p_actor_kind text, p_actor_id text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare v record; v_now timestamptz := clock_timestamp(); v_p holdpoint.periods := holdpoint.periods_at(v_now); v_told timestamptz; v_lifted boolean := false;
begin
  for v in
    select f.*, v_told_at.told_at, v_told_at.id is not null as blocked
    from (
      select c.scope, c.key, c.venture, bool_or(u.used + u.refused > u.cap) as waiting, bool_or(u.used - u.reserved + u.refused > u.cap) as full,
        max(case when u.used + u.refused > u.cap then case c.period when 'day' then v_p.day_ends else v_p.week_ends end end) as wake,
        string_agg(c.period::text, ' and the ') filter (where u.used + u.refused > u.cap) as periods
      from public.caps c
      left join lateral (
        select u.reserved_microusd as reserved, u.reserved_microusd + u.authorised_microusd + u.captured_microusd + u.overrun_microusd as used, u.refused_microusd as refused,
          holdpoint.cap_at(c, v_now) as cap
        from public.cap_usage u
        where u.scope = c.scope and u.key = c.key and u.period = c.period and u.starts = case c.period when 'day' then v_p.day else v_p.week end and u.refused_microusd is not null
      ) u on true
      where c.scope = 'everything' or (c.scope = 'venture' and c.key = any (p_ventures))
      group by c.scope, c.key, c.venture
    ) f
    left join public.blocks v_told_at on v_told_at.scope = 'paid' and v_told_at.key = f.key and v_told_at.kind = 'cap'
    -- As in ventures' rows: fleet stands for the whole fleet's cap.
    order by f.venture, f.key
  loop
    if coalesce(v.waiting, false) then
      v_told := coalesce(v.told_at, case when v.full then v_now end);
      insert into public.blocks (id, scope, key, kind, venture, reason, since, wake_at, by_kind, by_id, told_at)
      values (holdpoint.new_id(), 'paid', v.key, 'cap', v.venture, 'The cap of the ' || v.periods || ' is ' || case when v_told is null then 'reserved by running work.' else 'reached.' end,
        v_now, v.wake, 'cap', v.key, v_told)
      on conflict (scope, key, kind) where kind <> 'stop' do update set wake_at = excluded.wake_at, reason = excluded.reason, told_at = excluded.told_at;
      if v.told_at is null and v.full then
        perform holdpoint.append_venture_event(v.venture, 'cap.reached', p_actor_kind, p_actor_id,
          jsonb_build_object('scope', v.scope, 'key', v.key, 'periods', v.periods, 'wake_at', holdpoint.micros(v.wake)), v_now);
        perform holdpoint.insert_alert_task(v.venture, null, 'cap.reached',
          'Spending cap of the ' || v.periods || ' reached ' || case when v.key = '' then 'by the fleet' else 'in ' || v.key end || ': paid work waits', v_now);
      end if;
    elsif v.blocked then
      delete from public.blocks where scope = 'paid' and key = v.key and kind = 'cap';
      v_lifted := true;
      if v.told_at is not null then
        perform holdpoint.append_venture_event(v.venture, 'cap.lifted', p_actor_kind, p_actor_id, jsonb_build_object('scope', v.scope, 'key', v.key), v_now);
      end if;
    end if;
    if not coalesce(v.waiting, false) then
      update public.cap_usage u set refused_microusd = null where u.scope = v.scope and u.key = v.key and u.refused_microusd is not null;
    end if;
  end loop;
  return v_lifted;
end $$;
comment on function holdpoint.refresh_cap_blocks(text[], text, text) is
  'Sets or lifts the one block row of each cap scope from what its caps allow now. What waits only for reservations to end is blocked without an event, like a full concurrency; what is spent has one event and one alert. The caller holds the caps'' rows (lock_caps). True: a block was lifted.';

create function holdpoint.waits_for_cap(p_key text, p_need bigint) returns boolean language sql stable set search_path = '' set enable_seqscan = off as $$
  select coalesce(bool_or(w.paid and w.ceiling_microusd >= p_need), false) or count(*) = 10000
  from (select j.paid, j.ceiling_microusd from public.jobs j where j.phase = 'q' and (p_key = '' or j.venture = p_key) limit 10000) w
$$;
comment on function holdpoint.waits_for_cap(text, bigint) is
  'Does a queued paid job of this size still wait under the cap? Looks at no more than 10,000 queued jobs; with more it says yes, and the block stays until its period ends or money is returned.';

create function holdpoint.tend_caps(p_worker uuid) returns int language plpgsql volatile set search_path = '' as $$
declare v record; v_now timestamptz := clock_timestamp(); v_count int := 0; v_all text[]; v_gone text[];
begin
  -- What was refused may have been canceled, or held: smaller jobs must not wait behind it.
  v_gone := array(select u.key from public.blocks b join public.cap_usage u on b.kind = 'cap' and u.key = b.key and u.refused_microusd is not null
    where not holdpoint.waits_for_cap(u.key, u.refused_microusd));
  if v_gone = '{}' and not exists (select 1 from public.blocks b where b.kind = 'cap' and b.wake_at <= v_now) and not exists (select 1 from public.caps c where c.override_until <= v_now) then
    return 0;
  end if;
  v_all := array(select c.key from public.caps c where c.scope = 'venture' order by 1);
  perform holdpoint.lock_caps(v_all);
  update public.cap_usage u set refused_microusd = null where u.key = any (v_gone) and u.refused_microusd is not null;
  perform 1 from public.ventures o where o.key in (select c.venture from public.caps c) order by o.key for no key update;
  for v in
    update public.caps c set override_microusd = null, override_until = null, override_by = null where c.override_until <= clock_timestamp()
    returning c.scope, c.key, c.period, c.venture, c.cap_microusd
  loop
    v_count := v_count + 1;
    perform holdpoint.append_venture_event(v.venture, 'cap.override_ended', 'worker', p_worker::text,
      jsonb_build_object('scope', v.scope, 'key', v.key, 'period', v.period, 'cap_microusd', v.cap_microusd), v_now);
  end loop;
  return v_count + holdpoint.refresh_cap_blocks(v_all, 'worker', p_worker::text)::int;
end $$;
comment on function holdpoint.tend_caps(uuid) is 'The janitor''s part: overrides whose time is over, blocks whose period has ended or behind which nothing of the refused size waits. Returns changes.';

-- What a run's end books ---------------------------------------------------------------------------------------------

create function holdpoint.most_money() returns bigint language sql immutable as $$ select 1000000000000000 $$;
comment on function holdpoint.most_money() is 'A billion dollars: more in one figure is a mistake.';

create function holdpoint.book_usage(p_ventures text[], p_days date[], p_weeks date[], p_reserved bigint[], p_authorised bigint[], p_captured bigint[], p_overrun bigint[])
returns boolean language plpgsql volatile set search_path = '' as $$
declare v_waiting boolean;
begin
  with d as materialized (
    select * from unnest(p_ventures, p_days, p_weeks, p_reserved, p_authorised, p_captured, p_overrun) d(venture, day, week, reserved, authorised, captured, overrun)
  ), s as (
    select 'venture'::public.block_scope as scope, d.venture as key, 'day'::public.cap_period as period, d.day as starts, d.reserved, d.authorised, d.captured, d.overrun from d
    union all select 'venture', d.venture, 'week', d.week, d.reserved, d.authorised, d.captured, d.overrun from d
    union all select 'everything', '', 'day', d.day, d.reserved, d.authorised, d.captured, d.overrun from d
    union all select 'everything', '', 'week', d.week, d.reserved, d.authorised, d.captured, d.overrun from d
  ), g as materialized (
    select s.scope, s.key, s.period, s.starts, sum(s.reserved)::bigint as reserved, sum(s.authorised)::bigint as authorised, sum(s.captured)::bigint as captured,
      sum(s.overrun)::bigint as overrun
    from s group by s.scope, s.key, s.period, s.starts
  ), u as (
    update public.cap_usage u set reserved_microusd = u.reserved_microusd + g.reserved, authorised_microusd = u.authorised_microusd + g.authorised,
      captured_microusd = u.captured_microusd + g.captured, overrun_microusd = u.overrun_microusd + g.overrun
    from g where u.scope = g.scope and u.key = g.key and u.period = g.period and u.starts = g.starts
    returning u.refused_microusd
  )
  select coalesce(bool_or(u.refused_microusd is not null), false) into v_waiting from u;
  return v_waiting;
end $$;
comment on function holdpoint.book_usage(text[], date[], date[], bigint[], bigint[], bigint[], bigint[]) is
  'Adds changes to the usage of every cap that covers them. The caller holds the caps'' rows. True: something waits for room under one of them.';

create function holdpoint.end_reservations(p_reason text, p_jobs uuid[], p_run_nos int[], p_ventures text[], p_costs bigint[]) returns holdpoint.returned
language plpgsql volatile set search_path = '' as $$
declare v_now timestamptz := clock_timestamp(); v_p holdpoint.periods; v_again uuid[]; v_without uuid[]; v holdpoint.returned; v_all holdpoint.returned;
begin
  loop
    with d as materialized (
      select u.job, u.run_no, u.cost, r.venture, r.day, r.week, r.left_microusd as has, least(u.cost, r.left_microusd) as captured, greatest(0, u.cost - r.left_microusd) as overrun
      from (
        select u.job, u.run_no, least(greatest(coalesce(u.cost, 0), 0), holdpoint.most_money()) as cost
        from unnest(p_jobs, p_run_nos, p_costs) u(job, run_no, cost) where v_again is null or u.job = any (v_again)
      ) u
      left join public.reservations r on r.job_id = u.job and r.run_no = u.run_no
    ), r as (
      update public.reservations r set left_microusd = 0, captured_microusd = r.captured_microusd + d.captured, overrun_microusd = r.overrun_microusd + d.overrun,
        closed_at = coalesce(r.closed_at, v_now)
      from d where r.job_id = d.job and r.run_no = d.run_no
    ), l as (
      -- What gives money back may stand in the ledger before the caps know it; what takes more than was set aside may not.
      insert into public.ledger_entries (reason, venture, job_id, run_no, budget_microusd, reserved_microusd, captured_microusd, day, week, at)
      select p_reason, d.venture, d.job, d.run_no, d.has - d.captured, -d.has, d.captured, d.day, d.week, v_now from d where d.has <> 0 and d.overrun = 0
    ), g as (
      select d.venture::text as venture, d.day, d.week, sum(d.has)::bigint as has, sum(d.captured)::bigint as captured, sum(d.overrun)::bigint as overrun
      from d where d.has is not null group by d.venture, d.day, d.week
    )
    select p_reason, array_agg(g.venture), array_agg(g.day), array_agg(g.week), array_agg(-g.has), array_agg(g.captured), array_agg(g.overrun),
      (select array_agg(row(d.venture, d.job, d.run_no, d.day, d.week, d.has, d.overrun)::holdpoint.overrun) from d where d.overrun > 0),
      (select array_agg(d.job) from d where d.has is null and d.cost > 0)
    into v.reason, v.ventures, v.days, v.weeks, v."left", v.captured, v.overrun, v.over, v_without from g;
    v_all := row(p_reason, v_all.ventures || v.ventures, v_all.days || v.days, v_all.weeks || v.weeks, v_all."left" || v."left", v_all.captured || v.captured, v_all.overrun || v.overrun,
      v_all.over || v.over);
    if v_without is null then return v_all; end if;
    -- A run that cost money without having reserved any (a free type, or after it was lost) has only an overrun, of nothing that was set aside.
    v_p := holdpoint.periods_at(v_now);
    insert into public.reservations (job_id, run_no, venture, day, week, reserved_microusd, left_microusd, at)
    select u.job, u.run_no, u.venture, v_p.day, v_p.week, 0, 0, v_now from unnest(p_jobs, p_run_nos, p_ventures) u(job, run_no, venture) where u.job = any (v_without);
    v_again := v_without;
  end loop;
end $$;
comment on function holdpoint.end_reservations(text, uuid[], int[], text[], bigint[]) is
  'Ends the reservations of runs: the cost is captured, the rest returned, what is above it overrun. Writes only rows that belong to the jobs, whose rows the caller holds, so nobody waits; book_returned() must follow in the same transaction.';

create function holdpoint.book_returned(p holdpoint.returned, p_actor_kind text, p_actor_id text) returns void
language plpgsql volatile set search_path = '' as $$
declare v_waiting boolean;
begin
  if p.ventures is null then return; end if;
  perform holdpoint.lock_caps(p.ventures);
  v_waiting := holdpoint.book_usage(p.ventures, p.days, p.weeks, p."left", array_fill(0::bigint, array[cardinality(p.ventures)]), p.captured, p.overrun);
  if p.over is not null then
    insert into public.ledger_entries (reason, venture, job_id, run_no, budget_microusd, reserved_microusd, captured_microusd, overrun_microusd, day, week)
    select p.reason, o.venture, o.job_id, o.run_no, -o.overrun, -o."left", o."left", o.overrun, o.day, o.week from unnest(p.over) o;
    perform 1 from public.ventures o where o.key = 'fleet' or o.key = any (p.ventures) order by o.key for no key update;
    perform holdpoint.block_overrun(o.venture, o.job_id, o.run_no, o.overrun, p_actor_kind, p_actor_id) from (select * from unnest(p.over) o order by o.venture, o.job_id) o;
  end if;
  if v_waiting then perform holdpoint.refresh_cap_blocks(p.ventures, p_actor_kind, p_actor_id); end if;
end $$;
comment on function holdpoint.book_returned(holdpoint.returned, text, text) is
  'Books ended reservations under their caps, which frees room, and blocks the paid work of a venture with an overrun. The caller has changed the limits and holds no cap: last of all, because every batch waits for these rows.';

create function holdpoint.settle_money(p_reason text, p_jobs uuid[], p_run_nos int[], p_ventures text[], p_costs bigint[], p_actor_kind text, p_actor_id text) returns void
language sql volatile set search_path = '' as $$
  select holdpoint.book_returned(holdpoint.end_reservations(p_reason, p_jobs, p_run_nos, p_ventures, p_costs), p_actor_kind, p_actor_id)
$$;
comment on function holdpoint.settle_money(text, uuid[], int[], text[], bigint[], text, text) is
  'end_reservations() and book_returned(), for a caller who has changed the limits and holds the jobs'' rows.';

create function holdpoint.block_overrun(p_venture text, p_job uuid, p_run_no int, p_overrun bigint, p_actor_kind text, p_actor_id text) returns void
language plpgsql volatile set search_path = '' as $$
declare v_now timestamptz := clock_timestamp();
begin
  insert into public.blocks (id, scope, key, kind, venture, reason, since, by_kind, by_id)
  values (holdpoint.new_id(), 'paid', p_venture, 'overrun', p_venture, 'Job ' || p_job || ' cost more than was set aside for it.', v_now, p_actor_kind, p_actor_id)
  on conflict (scope, key, kind) where kind <> 'stop' do nothing;
  if not found then return; end if;
  perform holdpoint.append_venture_event(p_venture, 'spend.overrun', p_actor_kind, p_actor_id,
    jsonb_build_object('job', p_job, 'run', p_run_no, 'overrun_microusd', p_overrun), v_now);
  perform holdpoint.insert_alert_task(p_venture, p_job, 'spend.overrun', 'A job in ' || p_venture || ' cost more than was set aside for it: paid work there waits for an admin', v_now);
end $$;
comment on function holdpoint.block_overrun(text, uuid, int, bigint, text, text) is 'Blocks the venture''s paid work until an admin has looked. One row, one event, one alert, however many overruns follow.';
