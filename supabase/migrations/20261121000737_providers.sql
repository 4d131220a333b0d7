-- Holdpoint, part 7.3.7: outside providers that job types name. All ventures share a provider's rate limit; it is paused while it
-- asks for that (RetryAfter naming it), and while it is down: enough failures that name it open its circuit, one run at
-- a time tries whether it is back. Each is a block row, which holds back every line whose type names the provider.
--
-- A type names its providers, and not an effect: so the gate knows before a run starts, and whole lines wait in Postgres
-- instead of runs that hold slots. Lock order: limits of types, of providers, then holdpoint.providers, blocks. Events and alerts
-- are written by the janitor (blocks.told_at), because venture rows come after caps.

create table holdpoint.providers (
  name text collate "C" primary key,
  -- Starts and failures since then; counted anew each minute.
  since timestamptz not null default clock_timestamp(),
  starts int not null default 0,
  failures int not null default 0,
  -- The circuit: closed while null. tries: trials that failed.
  opened_at timestamptz,
  tries int not null default 0,
  trial_job uuid,
  closing boolean not null default false
);
alter table holdpoint.providers enable row level security;
comment on table holdpoint.providers is 'How each provider does. The row is the lock of its circuit and of its blocks.';

create function holdpoint.block_provider(p_name text, p_kind public.block_kind, p_reason text, p_wake timestamptz, p_told timestamptz, p_at timestamptz) returns void
language sql volatile set search_path = '' as $$
  insert into public.blocks (id, scope, key, kind, venture, reason, since, wake_at, by_kind, by_id, told_at)
  values (holdpoint.new_id(), 'provider', p_name, p_kind, 'fleet', p_reason, p_at, p_wake, 'limit', p_name, p_told)
  on conflict (scope, key, kind) where kind <> 'stop' do update set wake_at = greatest(public.blocks.wake_at, excluded.wake_at)
$$;
comment on function holdpoint.block_provider(text, public.block_kind, text, timestamptz, timestamptz, timestamptz) is 'Sets a provider''s block, or puts off when it ends. told: no event is to be written. The caller holds the provider''s or its limit''s row.';

create function holdpoint.take_provider_starts(p_ids uuid[], p_verdicts text[]) returns text[]
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v record; v_names text[]; v_now timestamptz; v_trials text[];
begin
  select array_agg(distinct p order by p) into v_names
  from unnest(p_ids, p_verdicts) u(id, verdict) join public.jobs j on j.id = u.id join public.job_types t on t.name = j.type and t.version = j.type_version cross join unnest(t.providers) p
  where u.verdict = 'ok';
  if v_names is null then return p_verdicts; end if;
  perform 1 from public.limits l where l.scope = 'provider' and l.key = any (v_names) order by l.key for update;
  insert into holdpoint.providers (name) select n from unnest(v_names) n order by n on conflict do nothing;
  perform 1 from holdpoint.providers p where p.name = any (v_names) order by p.name for update;
  v_now := clock_timestamp();
  update public.limits l set window_at = v_now, in_use = 0
  where l.scope = 'provider' and l.key = any (v_names) and coalesce(l.window_at + make_interval(secs => l.per_ms / 1000.0) <= v_now, true);
  update holdpoint.providers p set since = v_now, starts = 0, failures = 0 where p.name = any (v_names) and p.opened_at is null and p.since < v_now - interval '1 minute';
  for v in
    select u.n::int as n, u.id, t.providers from unnest(p_ids, p_verdicts) with ordinality u(id, verdict, n)
    join public.jobs j on j.id = u.id join public.job_types t on t.name = j.type and t.version = j.type_version
    where u.verdict = 'ok' and t.providers <> '{}' order by u.n
  loop
    if exists (select 1 from public.limits l where l.scope = 'provider' and l.key = any (v.providers) and l.in_use >= l.max)
        or exists (select 1 from public.blocks b where b.scope = 'provider' and b.key = any (v.providers) and b.kind <> 'rate') then
      p_verdicts[v.n] := 'limit';
      continue;
    end if;
    update public.limits l set in_use = l.in_use + 1 where l.scope = 'provider' and l.key = any (v.providers);
    update holdpoint.providers p set starts = p.starts + 1 where p.name = any (v.providers);
    -- Half open: this one tries whether it is back, the others wait for it.
    select array_agg(p.name) into v_trials from holdpoint.providers p where p.name = any (v.providers) and p.opened_at is not null and not p.closing;
    if v_trials is not null then
      update holdpoint.providers p set trial_job = v.id where p.name = any (v_trials);
      update public.jobs j set slots = j.slots || array(select 'trial:' || t from unnest(v_trials) t) where j.id = v.id;
      perform holdpoint.block_provider(t, 'provider_down', 'One run tries whether the provider ' || t || ' is back.', v_now + interval '15 minutes', v_now, v_now) from unnest(v_trials) t;
    end if;
  end loop;
  perform holdpoint.block_provider(l.key, 'rate', l.max || ' starts with the provider ' || l.key || ' are used up until then.', l.window_at + make_interval(secs => l.per_ms / 1000.0), v_now, v_now)
  from public.limits l where l.scope = 'provider' and l.key = any (v_names) and l.in_use >= l.max;
  return p_verdicts;
end $$;
comment on function holdpoint.take_provider_starts(uuid[], text[]) is 'Judges claims that passed so far on their types'' providers: ok, counted as a start; or limit. The caller holds the jobs'' rows.';

create function holdpoint.free_trials(p_ids uuid[]) returns void
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v record;
begin
  for v in
    select substr(s.slot, 7) as name, j.id, j.state from public.jobs j cross join lateral unnest(j.slots) s(slot) where j.id = any (p_ids) and s.slot like 'trial:%' order by 1
  loop
    update holdpoint.providers p set trial_job = null, closing = p.closing or v.state = 'succeeded' where p.name = v.name and p.trial_job = v.id;
    continue when not found;
    -- Unless its failure names the provider, which puts that off again, the next one may try.
    update public.blocks b set wake_at = clock_timestamp() where b.scope = 'provider' and b.key = v.name and b.kind = 'provider_down';
    -- The janitor closes by the block, which was over when the trial took long.
    if not found and v.state = 'succeeded' then perform holdpoint.block_provider(v.name, 'provider_down', 'The provider ' || v.name || ' is back.', clock_timestamp(), clock_timestamp(), clock_timestamp()); end if;
  end loop;
end $$;
comment on function holdpoint.free_trials(uuid[]) is 'Ends trials of providers that were down: one that succeeded closes the circuit, one that did not begin makes room for another. The caller holds the jobs'' rows.';

create function holdpoint.note_provider_failure(p_job public.jobs, p_name text, p_retry_at timestamptz) returns void
language plpgsql volatile set search_path = '' as $$
declare v holdpoint.providers; v_now timestamptz;
begin
  if not exists (select 1 from public.job_types t where t.name = p_job.type and t.version = p_job.type_version and p_name = any (t.providers)) then return; end if;
  insert into holdpoint.providers (name) values (p_name) on conflict do nothing;
  select * into strict v from holdpoint.providers p where p.name = p_name for update;
  v_now := clock_timestamp();
  if p_retry_at is not null then
    perform holdpoint.block_provider(p_name, 'paused_by_provider', 'The provider ' || p_name || ' asked to be left alone until then.', least(greatest(p_retry_at, v_now), v_now + interval '1 day'), null, v_now);
    return;
  end if;
  if v.opened_at is null and v.since < v_now - interval '1 minute' then
    v.failures := 0; v.starts := 0; v.since := v_now;
  end if;
  v.failures := v.failures + 1;
  if v.opened_at is null and v.failures >= 5 and 2 * v.failures >= v.starts then
    v.opened_at := v_now; v.tries := 0; v.closing := false;
    perform holdpoint.block_provider(p_name, 'provider_down', 'The provider ' || p_name || ' is down: ' || v.failures || ' failures within a minute.', v_now + interval '30 seconds', null, v_now);
  elsif v.opened_at is not null and coalesce('trial:' || p_name = any (p_job.slots), false) then
    v.tries := v.tries + 1;
    perform holdpoint.block_provider(p_name, 'provider_down', 'The provider ' || p_name || ' is still down.', v_now + interval '30 seconds' * 2 ^ least(v.tries, 5), v_now, v_now);
  end if;
  update holdpoint.providers p set since = v.since, starts = v.starts, failures = v.failures, opened_at = v.opened_at, tries = v.tries, closing = v.closing where p.name = p_name;
end $$;
comment on function holdpoint.note_provider_failure(public.jobs, text, timestamptz) is
  'A run failed naming a provider of its type. With a time (RetryAfter) the provider is paused until then, at most a day. Else it counts: five in a minute that are half of the starts open the circuit for 30 s; each trial that fails doubles that, up to 16 min.';

create function holdpoint.tend_providers(p_worker uuid) returns int
language plpgsql volatile set search_path = '' as $$
declare v record; v_now timestamptz; v_count int := 0; v_event text;
begin
  if not exists (select 1 from public.blocks b where b.scope = 'provider') then return 0; end if;
  perform 1 from public.limits l where l.scope = 'provider' order by l.key for update;
  perform 1 from holdpoint.providers p where p.name in (select b.key from public.blocks b where b.scope = 'provider') order by p.name for update;
  v_now := clock_timestamp();
  for v in
    select b.id, b.key, b.kind, b.reason, b.told_at, b.wake_at, p.closing from public.blocks b left join holdpoint.providers p on p.name = b.key where b.scope = 'provider' order by b.key, b.kind
  loop
    if v.told_at is null then
      update public.blocks set told_at = v_now where id = v.id;
      perform holdpoint.append_venture_event('fleet', case v.kind when 'provider_down' then 'provider.down' else 'provider.paused' end, 'worker', p_worker::text,
        jsonb_build_object('provider', v.key, 'wake_at', holdpoint.micros(v.wake_at)), v_now);
      perform holdpoint.insert_alert_task('fleet', null, case v.kind when 'provider_down' then 'provider.down' else 'provider.paused' end, v.reason, v_now);
      v_count := v_count + 1;
    end if;
    continue when v.wake_at > v_now and not (v.kind = 'provider_down' and v.closing);
    delete from public.blocks where id = v.id;
    v_count := v_count + 1;
    v_event := case when v.kind = 'paused_by_provider' then 'provider.resumed' when v.kind = 'provider_down' and v.closing then 'provider.up' end;
    -- The end of a rate's period, or half open: nothing to tell.
    continue when v_event is null;
    if v_event = 'provider.up' then
      update holdpoint.providers p set opened_at = null, closing = false, tries = 0, failures = 0, starts = 0, since = v_now, trial_job = null where p.name = v.key;
    end if;
    perform holdpoint.append_venture_event('fleet', v_event, 'worker', p_worker::text, jsonb_build_object('provider', v.key), v_now);
  end loop;
  return v_count;
end $$;
comment on function holdpoint.tend_providers(uuid) is 'The janitor''s look at providers: tells of pauses and outages (one event, one alert), lifts what is over. Returns changes.';
