-- Holdpoint, part 7.3.9: the limits of the fleet itself, what new ventures begin with, and all limits with how full each is.

create function public.set_fleet_limits(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_was public.settings; v public.settings; v_field text; v_fields text[] := array['max_workers', 'venture_concurrency', 'venture_first_starts_per_hour'];
begin
  perform holdpoint.only_fields(p_request, v_fields);
  v_operator := holdpoint.require_role('fleet', 'admin');
  if not p_request ?| v_fields then
    perform holdpoint.fail(400, 'missing_field', 'Say what to set: ' || array_to_string(v_fields, ', ') || '.', 'max_workers');
  end if;
  foreach v_field in array v_fields loop
    if p_request ? v_field and (jsonb_typeof(p_request -> v_field) <> 'number' or (p_request ->> v_field) !~ '^[1-9]\d{0,8}$') then
      perform holdpoint.fail(400, 'bad_field', 'The field "' || v_field || '" must be a whole number from 1 to 999999999.', v_field, 'To let nothing start, pause or stop the fleet.');
    end if;
  end loop;
  -- Whoever gives or takes places of workers holds the fleet's row.
  perform 1 from public.ventures where key = 'fleet' for no key update;
  select * into strict v_was from public.settings for update;
  update public.settings set max_workers = coalesce((p_request ->> 'max_workers')::int, max_workers), venture_concurrency = coalesce((p_request ->> 'venture_concurrency')::int, venture_concurrency),
    venture_first_starts_per_hour = coalesce((p_request ->> 'venture_first_starts_per_hour')::int, venture_first_starts_per_hour) returning * into v;
  perform holdpoint.append_venture_event('fleet', 'fleet_limits.set', 'operator', v_operator.email, jsonb_build_object('max_workers', v.max_workers, 'max_workers_was', v_was.max_workers,
    'venture_concurrency', v.venture_concurrency, 'venture_concurrency_was', v_was.venture_concurrency,
    'venture_first_starts_per_hour', v.venture_first_starts_per_hour, 'venture_first_starts_per_hour_was', v_was.venture_first_starts_per_hour), clock_timestamp());
  return holdpoint.fleet_limits();
end $$;
comment on function public.set_fleet_limits(jsonb) is
  'Sets {max_workers: how many worker processes take work; venture_concurrency, venture_first_starts_per_hour: what ventures that are added from now on begin with}; what is left out stays: {workers, defaults}. Standby workers take new places within a second; with fewer places, those that work go on until they leave. Needs admin of the fleet. 400.';

create function holdpoint.fleet_limits() returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('workers', (select jsonb_build_object('max', s.max_workers, 'in_use', count(*) filter (where not w.standby and not w.draining), 'standby', count(*) filter (where w.standby and not w.draining))
      from public.workers w where w.ended_at is null and cardinality(w.lanes) > 0),
    'defaults', jsonb_build_object('concurrency', s.venture_concurrency, 'first_starts', s.venture_first_starts_per_hour))
  from public.settings s
$$;
comment on function holdpoint.fleet_limits() is '{workers: {max, in_use, standby}, defaults: {concurrency, first_starts: of new ventures}}.';

create function holdpoint.provider_states() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('name', n.name, 'types', n.types, 'failures', case when p.since > clock_timestamp() - interval '1 minute' or p.opened_at is not null then p.failures else 0 end,
    'waits', (select coalesce(jsonb_agg(jsonb_build_object('kind', b.kind, 'reason', b.reason, 'since', b.since, 'wake_at', b.wake_at) order by b.kind), '[]') from public.blocks b where b.scope = 'provider' and b.key = n.name)) order by n.name), '[]')
  from (select p as name, jsonb_agg(distinct t.name order by t.name) as types from public.job_types t cross join unnest(t.providers) p group by p) n
  left join holdpoint.providers p on p.name = n.name
$$;
comment on function holdpoint.provider_states() is 'Each provider that a job type names: [{name, types, failures: of the minute that is counted, waits: [{kind: rate, paused_by_provider or provider_down, reason, since, wake_at}]}].';

create function public.list_limits() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v_now timestamptz := clock_timestamp();
begin
  perform holdpoint.require_operator();
  return holdpoint.fleet_limits() || jsonb_build_object('now', v_now, 'providers', holdpoint.provider_states(), 'items', (
    select coalesce(jsonb_agg(jsonb_build_object('scope', l.scope, 'key', l.key, 'kind', l.kind, 'max', l.max, 'per_ms', l.per_ms,
        'in_use', case l.kind when 'first_starts' then (select coalesce(sum(u.n), 0) from holdpoint.limit_usage u
          where u.scope = l.scope and u.key = l.key and u.kind = l.kind and u.minute > v_now - interval '61 minutes')
          when 'rate' then case when l.window_at + make_interval(secs => l.per_ms / 1000.0) > v_now then l.in_use else 0 end else l.in_use end,
        'blocked', b.id is not null, 'wake_at', b.wake_at) order by l.scope, l.key, l.kind), '[]')
    from public.limits l left join public.blocks b on b.scope = l.scope and b.key = l.key and b.kind::text = l.kind::text
    where l.scope <> 'venture' or l.venture in (select holdpoint.my_ventures())));
end $$;
comment on function public.list_limits() is 'The limits of the caller''s ventures and of all job types and providers: {now, workers: {max, in_use, standby}, defaults: of new ventures {concurrency, first_starts}, providers: [{name, types, failures, waits}], items: [{scope, key, kind, max, per_ms (of a rate), in_use (of first starts: in the last hour; of a rate: in its period), blocked, wake_at}]}.';
