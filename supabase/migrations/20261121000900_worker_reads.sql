-- Holdpoint, part 9: what a worker process must know to run jobs: ventures, the fleet's lanes, deaths of its children.

create function holdpoint.read_ventures(p_worker uuid, p_key text, p_keys text[])
returns table (key text, facts jsonb)
language plpgsql stable security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  return query select v.key::text, holdpoint.venture_facts(v) from public.ventures v where v.key = any (p_keys);
end $$;
comment on function holdpoint.read_ventures(uuid, text, text[]) is 'The facts of ventures that a handler is given with its run.';

create function holdpoint.read_fleet(p_worker uuid, p_key text)
returns table (id uuid, lanes text[], slots int, progress jsonb)
language plpgsql stable security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  return query
  select w.id, w.lanes, w.slots, w.progress from public.workers w
  where w.ended_at is null and not w.draining and not w.standby
    and w.heartbeat_at > clock_timestamp() - make_interval(secs => (select s.lease_ms from public.settings s) / 10000.0);
end $$;
comment on function holdpoint.read_fleet(uuid, text) is 'Workers heard from within L/10 that take work: what dispatch measures its window by.';

create function holdpoint.lose_own_run(p_worker uuid, p_key text, p_job uuid, p_token bigint) returns boolean
language plpgsql volatile security definer set search_path = '' set enable_partition_pruning = off as $$
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.check_worker(p_worker, p_key);
  if not exists (select 1 from public.runs r where r.job_id = p_job and r.token = p_token and r.worker_id = p_worker and r.ended_at is null) then
    return false;
  end if;
  return holdpoint.lose_runs(array[p_job], array[p_token], 'process_death', 'worker', p_worker::text, false) > 0;
end $$;
comment on function holdpoint.lose_own_run(uuid, text, uuid, bigint) is
  'The process of its own that this worker ran a suspect job in has died: lost (process_death), a death of the job. False: the run was not open any more.';

do $$
declare v record;
begin
  for v in select p.oid::regprocedure as f from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'holdpoint' and p.proname = any (array['read_ventures', 'read_fleet', 'lose_own_run'])
  loop
    execute format('revoke all on function %s from public, anon, authenticated, service_role', v.f);
    execute format('grant execute on function %s to holdpoint_worker', v.f);
  end loop;
end $$;
