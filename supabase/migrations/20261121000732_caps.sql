-- Holdpoint, part 7.3.2: what people do about money: caps, overrides, overruns; what they read of it.

create function holdpoint.required_money(p_request jsonb, p_field text) returns bigint language plpgsql immutable set search_path = '' as $$
declare v numeric;
begin
  if coalesce(jsonb_typeof(p_request -> p_field), 'null') = 'null' then
    perform holdpoint.fail(400, 'missing_field', 'The field "' || p_field || '" is missing.', p_field, 'Give whole micro-dollars: 1000000 are one dollar.');
  end if;
  if jsonb_typeof(p_request -> p_field) <> 'number' then
    perform holdpoint.fail(400, 'bad_field', 'The field "' || p_field || '" is not a number.', p_field, 'Give whole micro-dollars: 1000000 are one dollar.');
  end if;
  v := (p_request ->> p_field)::numeric;
  if v < 0 then perform holdpoint.fail(400, 'negative_money', 'The field "' || p_field || '" is negative; money here is zero or more.', p_field); end if;
  if v <> trunc(v) then perform holdpoint.fail(400, 'bad_field', 'The field "' || p_field || '" is not a whole number of micro-dollars.', p_field); end if;
  if v > holdpoint.most_money() then
    perform holdpoint.fail(400, 'too_much_money', 'The field "' || p_field || '" is more than a billion dollars.', p_field, 'Micro-dollars: 1000000 are one dollar.');
  end if;
  return v::bigint;
end $$;
comment on function holdpoint.required_money(jsonb, text) is 'A field in whole micro-dollars. 400 missing_field, bad_field, negative_money, too_much_money.';

create function holdpoint.dollars(p_microusd bigint) returns text language sql immutable as $$
  select '$' || trim(to_char(p_microusd / 1000000.0, '999999999990.00'))
$$;
comment on function holdpoint.dollars(bigint) is 'An amount as people read it.';

create function holdpoint.usage_now(p_cap public.caps, p_at timestamptz) returns public.cap_usage language plpgsql stable set search_path = '' as $$
declare v public.cap_usage; v_p holdpoint.periods := holdpoint.periods_at(p_at);
begin
  select (p_cap).scope, (p_cap).key, (p_cap).period, case (p_cap).period when 'day' then v_p.day else v_p.week end, (p_cap).venture, 0,
    coalesce(sum(r.left_microusd), 0), coalesce(sum(r.authorised_microusd), 0), coalesce(sum(r.captured_microusd), 0), coalesce(sum(r.overrun_microusd), 0), null
  into v from public.reservations r
  where ((p_cap).scope = 'everything' or r.venture = (p_cap).key) and case (p_cap).period when 'day' then r.day = v_p.day else r.week = v_p.week end;
  v.limit_microusd := greatest(holdpoint.cap_at(p_cap, p_at), v.reserved_microusd + v.authorised_microusd + v.captured_microusd);
  return v;
end $$;
comment on function holdpoint.usage_now(public.caps, timestamptz) is 'What was committed in the current period before this cap was there to count it.';

create function holdpoint.cap_target(p_request jsonb) returns public.caps language plpgsql volatile set search_path = '' as $$
declare v public.caps; v_period text := p_request ->> 'period';
begin
  if v_period is null or v_period not in ('day', 'week') then
    perform holdpoint.fail(400, 'bad_field', 'The field "period" must be day or week.', 'period', 'One of: day, week.');
  end if;
  v.period := v_period::public.cap_period;
  if p_request ->> 'venture' is null then
    v.scope := 'everything'; v.key := ''; v.venture := 'fleet';
  else
    v.scope := 'venture'; v.key := holdpoint.required_text(p_request, 'venture', '^[a-z][a-z0-9-]{1,39}$', 'a venture''s key'); v.venture := v.key;
  end if;
  perform holdpoint.require_role(v.venture, 'admin');
  perform holdpoint.require_venture(v.venture);
  return v;
end $$;
comment on function holdpoint.cap_target(jsonb) is 'Which cap a request means: its scope, key, venture and period, no amounts. Its caller is admin there. 400, 403, 404 unknown_venture.';

create function holdpoint.refuse_below_committed(p_cap public.caps, p_new bigint, p_at timestamptz) returns void language plpgsql stable set search_path = '' as $$
declare v public.cap_usage := holdpoint.usage_now(p_cap, p_at); v_committed bigint := v.reserved_microusd + v.authorised_microusd + v.captured_microusd;
begin
  if p_new < v_committed then
    perform holdpoint.fail(422, 'below_committed', 'The cap can''t be ' || holdpoint.dollars(p_new) || ': ' || holdpoint.dollars(v_committed) || ' of this ' || (p_cap).period || ' are spent or set aside already.',
      'cap_microusd', 'Give at least ' || holdpoint.dollars(v_committed) || '. To let nothing more start: holdpoint stop engage.');
  end if;
end $$;
comment on function holdpoint.refuse_below_committed(public.caps, bigint, timestamptz) is '422 below_committed: more is spent or set aside in this period already.';

create function holdpoint.caps_changed(p_cap public.caps, p_event text, p_by text, p_data jsonb) returns void language plpgsql volatile set search_path = '' as $$
declare v_now timestamptz := clock_timestamp();
begin
  perform 1 from public.ventures o where o.key in (select c.venture from public.caps c) order by o.key for no key update;
  perform holdpoint.append_venture_event((p_cap).venture, p_event, 'operator', p_by, jsonb_build_object('scope', (p_cap).scope, 'key', (p_cap).key, 'period', (p_cap).period) || p_data, v_now);
  perform holdpoint.refresh_cap_blocks(array[(p_cap).key], 'operator', p_by);
  perform pg_notify('holdpoint_wake', 'ready');
end $$;
comment on function holdpoint.caps_changed(public.caps, text, text, jsonb) is 'The event of a changed cap, and what its block is now.';

create function public.list_caps() returns jsonb language plpgsql stable security definer set search_path = '' as $$
declare v_now timestamptz := clock_timestamp(); v_p holdpoint.periods := holdpoint.periods_at(v_now);
begin
  perform holdpoint.require_operator();
  return jsonb_build_object('now', v_now, 'time_zone', v_p.zone, 'items', (
    select coalesce(jsonb_agg(jsonb_build_object('venture', case c.scope when 'venture' then c.key end, 'period', c.period,
        'starts', case c.period when 'day' then v_p.day else v_p.week end, 'ends_at', case c.period when 'day' then v_p.day_ends else v_p.week_ends end,
        'cap_microusd', holdpoint.cap_at(c, v_now), 'base_microusd', c.cap_microusd, 'threshold_microusd', c.threshold_microusd,
        'override_until', case when c.override_until > v_now then c.override_until end, 'override_by', case when c.override_until > v_now then c.override_by end,
        'captured_microusd', coalesce(u.captured_microusd, 0), 'authorised_microusd', coalesce(u.authorised_microusd, 0), 'reserved_microusd', coalesce(u.reserved_microusd, 0),
        'overrun_microusd', coalesce(u.overrun_microusd, 0),
        'left_microusd', greatest(0, holdpoint.cap_at(c, v_now) - coalesce(u.captured_microusd + u.authorised_microusd + u.reserved_microusd + u.overrun_microusd, 0)),
        'blocked', exists (select 1 from public.blocks b where b.scope = 'paid' and b.key = c.key and b.kind = 'cap'),
        'overrun_blocked', exists (select 1 from public.blocks b where b.scope = 'paid' and b.key = c.key and b.kind = 'overrun'),
        'set_by', c.set_by, 'set_at', c.set_at) order by c.scope, c.key, c.period), '[]')
    from public.caps c
    left join public.cap_usage u on u.scope = c.scope and u.key = c.key and u.period = c.period and u.starts = case c.period when 'day' then v_p.day else v_p.week end
    where c.venture in (select holdpoint.my_ventures())));
end $$;
comment on function public.list_caps() is 'The caps of the caller''s ventures (of the fleet for its members) with what is committed in the current period: {now, time_zone, items}.';

create function public.set_cap(p_request jsonb) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare v_cap public.caps; v_operator public.operators; v_was public.caps; v_now timestamptz;
begin
  perform holdpoint.only_fields(p_request, array['venture', 'period', 'cap_microusd', 'threshold_microusd']);
  v_cap := holdpoint.cap_target(p_request);
  v_operator := holdpoint.require_role(v_cap.venture, 'admin');
  v_cap.cap_microusd := holdpoint.required_money(p_request, 'cap_microusd');
  if v_cap.period = 'week' and p_request ->> 'threshold_microusd' is not null then
    perform holdpoint.fail(400, 'bad_field', 'Only a cap of a day has a threshold.', 'threshold_microusd');
  end if;
  -- Claims and settlements under way do not know of a new cap: they end first, and what they commit is counted below.
  perform pg_advisory_xact_lock(holdpoint.control_lock());
  perform holdpoint.lock_caps(array[v_cap.key]);
  v_now := clock_timestamp();
  select * into v_was from public.caps c where c.scope = v_cap.scope and c.key = v_cap.key and c.period = v_cap.period;
  if v_cap.period = 'day' then
    v_cap.threshold_microusd := case when p_request ->> 'threshold_microusd' is not null then holdpoint.required_money(p_request, 'threshold_microusd')
      else least(coalesce(v_was.threshold_microusd, 25000000), v_cap.cap_microusd) end;
    if v_cap.threshold_microusd > v_cap.cap_microusd then
      perform holdpoint.fail(400, 'bad_field', 'The threshold (' || holdpoint.dollars(v_cap.threshold_microusd) || ') is above the cap (' || holdpoint.dollars(v_cap.cap_microusd) || ').', 'threshold_microusd');
    end if;
  end if;
  perform holdpoint.refuse_below_committed(v_cap, v_cap.cap_microusd, v_now);
  insert into public.caps as c (scope, key, period, venture, cap_microusd, threshold_microusd, set_by, set_at)
  values (v_cap.scope, v_cap.key, v_cap.period, v_cap.venture, v_cap.cap_microusd, v_cap.threshold_microusd, v_operator.email, v_now)
  on conflict (scope, key, period) do update set cap_microusd = excluded.cap_microusd, threshold_microusd = excluded.threshold_microusd, set_by = excluded.set_by, set_at = excluded.set_at
  returning * into v_cap;
  insert into public.cap_usage select (holdpoint.usage_now(v_cap, v_now)).* on conflict do nothing;
  perform holdpoint.caps_changed(v_cap, 'cap.set', v_operator.email, jsonb_build_object('cap_microusd', v_cap.cap_microusd, 'threshold_microusd', v_cap.threshold_microusd, 'was_microusd', v_was.cap_microusd));
  return jsonb_build_object('venture', p_request ->> 'venture', 'period', v_cap.period, 'cap_microusd', v_cap.cap_microusd, 'threshold_microusd', v_cap.threshold_microusd, 'was_microusd', v_was.cap_microusd);
end $$;
comment on function public.set_cap(jsonb) is
  'Sets a cap {venture? (else the whole fleet), period day or week, cap_microusd, threshold_microusd? (of a day; else 25 dollars, or the cap)}. What was committed in the period before counts. Needs admin. 400 negative_money, too_much_money, bad_field; 422 below_committed.';

create function public.override_cap(p_request jsonb) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare v_cap public.caps; v_operator public.operators; v_now timestamptz; v_money bigint; v_until timestamptz; v_end boolean;
begin
  perform holdpoint.only_fields(p_request, array['venture', 'period', 'cap_microusd', 'until', 'end']);
  v_cap := holdpoint.cap_target(p_request);
  v_operator := holdpoint.require_role(v_cap.venture, 'admin');
  v_end := holdpoint.optional_boolean(p_request, 'end');
  if not v_end then
    v_money := holdpoint.required_money(p_request, 'cap_microusd');
    v_until := holdpoint.optional_time(p_request, 'until');
  end if;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.lock_caps(array[v_cap.key]);
  v_now := clock_timestamp();
  if not v_end and (v_until is null or v_until <= v_now) then
    perform holdpoint.fail(400, 'bad_field', 'An override needs the time when it ends, later than now.', 'until', 'E.g. ' || to_char((v_now + interval '4 hours') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'));
  end if;
  select * into v_cap from public.caps c where c.scope = v_cap.scope and c.key = v_cap.key and c.period = v_cap.period;
  if not found then
    perform holdpoint.fail(404, 'no_such_cap', 'There is no cap a ' || (p_request ->> 'period') || ' of ' || coalesce(p_request ->> 'venture', 'the fleet') || ' to override.', 'venture', 'Set one: holdpoint caps set');
  end if;
  if v_end and v_cap.override_until is null then perform holdpoint.fail(409, 'not_overridden', 'This cap is not overridden.', 'venture'); end if;
  perform holdpoint.refuse_below_committed(v_cap, coalesce(v_money, v_cap.cap_microusd), v_now);
  update public.caps c set override_microusd = v_money, override_until = v_until, override_by = case when not v_end then v_operator.email end
  where c.scope = v_cap.scope and c.key = v_cap.key and c.period = v_cap.period;
  perform holdpoint.caps_changed(v_cap, case when v_end then 'cap.override_ended' else 'cap.overridden' end, v_operator.email,
    jsonb_build_object('cap_microusd', coalesce(v_money, v_cap.cap_microusd), 'base_microusd', v_cap.cap_microusd, 'until', holdpoint.micros(v_until)));
  return jsonb_build_object('venture', p_request ->> 'venture', 'period', v_cap.period, 'cap_microusd', coalesce(v_money, v_cap.cap_microusd), 'base_microusd', v_cap.cap_microusd, 'until', v_until);
end $$;
comment on function public.override_cap(jsonb) is
  'Replaces a cap until a time {venture?, period, cap_microusd, until}; it falls back by itself, by the database''s clock. {venture?, period, end: true} ends it now. Events both ways. Needs admin. 404 no_such_cap, 422 below_committed, 409 not_overridden.';

create function public.clear_overrun(p_venture text, p_reason text) returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_now timestamptz;
begin
  v_operator := holdpoint.require_role(p_venture, 'admin');
  if length(trim(coalesce(p_reason, ''))) < 3 then
    perform holdpoint.fail(400, 'missing_field', 'Clearing an overrun needs a reason of at least three characters.', 'reason', 'Say in a few words what was found.');
  end if;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.lock_caps(array[p_venture]);
  v_now := clock_timestamp();
  delete from public.blocks where scope = 'paid' and key = p_venture and kind = 'overrun';
  if not found then perform holdpoint.fail(409, 'no_overrun', 'No overrun blocks the paid work of ' || left(p_venture, 60) || '.', 'venture'); end if;
  perform holdpoint.append_venture_event(p_venture, 'spend.overrun_cleared', 'operator', v_operator.email, jsonb_build_object('reason', left(trim(p_reason), 500)), v_now);
  perform pg_notify('holdpoint_wake', 'ready');
  return jsonb_build_object('venture', p_venture, 'cleared_at', v_now);
end $$;
comment on function public.clear_overrun(text, text) is 'An admin has looked at an overrun: the venture''s paid work may start again. What was overrun stays booked. 409 no_overrun.';

create function public.list_ledger(p_filter jsonb default '{}', p_before bigint default null, p_limit int default 50) returns jsonb
language plpgsql stable set search_path = '' as $$
declare v_limit int := least(greatest(coalesce(p_limit, 50), 1), 500); v_items jsonb; v_next bigint; v_venture text := p_filter ->> 'venture'; v_job uuid; v_day date;
begin
  perform holdpoint.require_operator();
  perform holdpoint.only_fields(p_filter, array['venture', 'job', 'account', 'day']);
  begin
    v_job := (p_filter ->> 'job')::uuid; v_day := (p_filter ->> 'day')::date;
  exception when invalid_text_representation or invalid_datetime_format or datetime_field_overflow then
    perform holdpoint.fail(400, 'bad_field', 'The filter names no job''s id, or no date.', 'filter', 'E.g. {"day": "2026-11-21"}.');
  end;
  select coalesce(jsonb_agg(to_jsonb(l) order by l.id desc), '[]'), min(l.id) into v_items, v_next
  from (
    -- Venture by venture: each of them reads its newest entries by their index.
    select l.* from (select holdpoint.my_ventures() as key) m
    cross join lateral (
      select l.* from (
        select e.id from public.ledger_entries e where e.venture = m.key and (p_before is null or e.id <= p_before / 8) and (v_job is null or e.job_id = v_job) and (v_day is null or e.day = v_day)
          and (p_filter ->> 'account' is null or 0 <> case p_filter ->> 'account' when 'budget' then e.budget_microusd when 'reserved' then e.reserved_microusd
            when 'authorised' then e.authorised_microusd when 'captured' then e.captured_microusd when 'overrun' then e.overrun_microusd end)
        order by e.id desc limit v_limit + 1
      ) e join public.ledger l on l.venture = m.key and l.entry = e.id
      where (p_before is null or l.id < p_before) and (p_filter ->> 'account' is null or l.account = p_filter ->> 'account')
    ) l
    where v_venture is null or m.key = v_venture
    order by l.id desc limit v_limit
  ) l;
  return jsonb_build_object('items', v_items, 'next', case when jsonb_array_length(v_items) = v_limit then v_next end);
end $$;
comment on function public.list_ledger(jsonb, bigint, int) is 'Rows of the ledger, newest first, by {venture?, job?, account?, day?}: {items, next: pass as p_before, or null}.';

create function public.ledger_balance(p_filter jsonb default '{}') returns jsonb language plpgsql stable set search_path = '' as $$
declare v_venture text := p_filter ->> 'venture'; v_job uuid; v_day date;
begin
  perform holdpoint.require_operator();
  perform holdpoint.only_fields(p_filter, array['venture', 'job', 'day']);
  begin
    v_job := (p_filter ->> 'job')::uuid; v_day := (p_filter ->> 'day')::date;
  exception when invalid_text_representation or invalid_datetime_format or datetime_field_overflow then
    perform holdpoint.fail(400, 'bad_field', 'The filter names no job''s id, or no date.', 'filter', 'E.g. {"day": "2026-11-21"}.');
  end;
  return (
    with b as (
      select l.venture, l.account, sum(l.amount_microusd)::bigint as amount from public.ledger l
      where (v_venture is null or l.venture = v_venture) and (v_job is null or l.job_id = v_job) and (v_day is null or l.day = v_day) group by l.venture, l.account
    )
    select jsonb_build_object('sum_microusd', coalesce(sum(b.amount), 0),
      'items', coalesce(jsonb_agg(jsonb_build_object('venture', b.venture, 'account', b.account, 'amount_microusd', b.amount) order by b.venture, b.account), '[]'))
    from b);
end $$;
comment on function public.ledger_balance(jsonb) is 'The balance of each account by venture, of {venture?, job?, day?}: {sum_microusd: always 0, items}.';
