-- Holdpoint, part 7.3.4: concurrency keys. A job type may say that of its jobs with the same key (in the same venture) only
-- so many run at once, and what becomes of one that comes while those run.
--
-- A job that comes due takes a slot of its key or waits. Who waits is kept out of dispatch by run_at = never(), so a
-- hundred thousand of one key cost the pick one look; whoever frees a slot gives it to the first that waits, which is
-- ready from then on. A slot belongs to a job from then until its run ends, so the gate looks at a key only for jobs
-- that came due by themselves (a delay, a retry). Members of a key are rows; nothing is counted apart.
--
-- Lock order: jobs, then keys by (venture, type, key), then limits of types. Giving a slot on and canceling what was
-- superseded lock other jobs after the key: with skip locked, so nobody waits, and what was skipped is looked at again
-- by the janitor (look_again).

create table holdpoint.concurrency_keys (
  venture public.venture_key not null,
  type public.type_name not null,
  key text collate "C" not null,
  max int not null check (max > 0),
  strategy text not null check (strategy in ('queue', 'cancel_old', 'skip', 'newest_waiting')),
  -- Jobs of the key with a smaller id have been superseded (cancel_old); waiting ones only (newest_waiting).
  superseded_before uuid,
  look_again boolean not null default false,
  touched_at timestamptz not null default clock_timestamp(),
  primary key (venture, type, key)
);
alter table holdpoint.concurrency_keys enable row level security;
comment on table holdpoint.concurrency_keys is 'Keys in use, with what their type says of them. The row is the lock of its members.';
create index concurrency_keys_look on holdpoint.concurrency_keys (touched_at) where look_again;
-- For the janitor, which forgets keys that nobody has used for a day; one that has superseded jobs only when those have
-- been dropped, because each of them may come back: approved, released, admitted again.
create index concurrency_keys_touched on holdpoint.concurrency_keys (touched_at) where superseded_before is null;
create index concurrency_keys_superseded on holdpoint.concurrency_keys (superseded_before) where superseded_before is not null;

create table holdpoint.key_jobs (
  job_id uuid primary key,
  venture public.venture_key not null,
  type public.type_name not null,
  key text collate "C" not null,
  has_slot boolean not null,
  checked_at timestamptz not null default clock_timestamp()
);
alter table holdpoint.key_jobs enable row level security;
comment on table holdpoint.key_jobs is 'Members of a key: jobs that are ready or run in one of its slots, and jobs that wait for one. Under the key''s row lock.';
create index key_jobs_slots on holdpoint.key_jobs (venture, type, key) where has_slot;
create index key_jobs_waiting on holdpoint.key_jobs (venture, type, key, job_id) where not has_slot;
create index key_jobs_check on holdpoint.key_jobs (checked_at) where has_slot;

create function holdpoint.never() returns timestamptz language sql immutable as $$ select '9999-12-31T00:00:00Z'::timestamptz $$;
comment on function holdpoint.never() is 'run_at of a job that waits for something else than time.';

create function holdpoint.lock_key(p_venture text, p_type text, p_key text, p_max int, p_strategy text) returns holdpoint.concurrency_keys
language plpgsql volatile set search_path = '' as $$
declare v holdpoint.concurrency_keys;
begin
  loop
    update holdpoint.concurrency_keys k set max = coalesce(p_max, k.max), strategy = coalesce(p_strategy, k.strategy), touched_at = clock_timestamp()
    where k.venture = p_venture and k.type = p_type and k.key = p_key returning * into v;
    if found or p_max is null then return v; end if;
    insert into holdpoint.concurrency_keys (venture, type, key, max, strategy) values (p_venture, p_type, p_key, p_max, p_strategy) on conflict do nothing;
  end loop;
end $$;
comment on function holdpoint.lock_key(text, text, text, int, text) is 'The key''s row, locked; made when a limit is given and there is none. Null otherwise.';

-- Canceling --------------------------------------------------------------------------------------------------------

create function holdpoint.cancel_by_key(p_job uuid, p_reason text, p_by_kind text, p_by_id text) returns void
language plpgsql volatile set search_path = '' as $$
declare v_job public.jobs; v_now timestamptz := clock_timestamp(); v_seq int;
begin
  select * into strict v_job from public.jobs j where j.id = p_job;
  v_now := greatest(v_now, v_job.updated_at);
  if v_job.state = 'running' then
    if v_job.cancel_requested_at is not null then return; end if;
    update public.jobs set cancel_requested_at = v_now, cancel_reason = p_reason where id = p_job;
    v_seq := holdpoint.append_job_event(p_job, 'cancel_requested', p_by_kind, p_by_id, v_job.run_no, jsonb_build_object('reason', p_reason), v_now);
    -- Not signal_control: its row comes later in the lock order. A heartbeat tells whoever missed this.
    perform pg_notify('holdpoint_control', '');
  else
    update public.jobs set state = 'canceled', phase = null, held_for = null, waits_for = null, slots = null, decided_from = null, ended_at = v_now,
      cancel_requested_at = v_now, cancel_reason = p_reason, reason = p_reason
    where id = p_job;
    v_seq := holdpoint.append_job_event(p_job, 'canceled', p_by_kind, p_by_id, null, jsonb_build_object('reason', p_reason), v_now);
  end if;
  perform holdpoint.append_feed(array[p_job], array[v_seq], array[v_job.venture::text]);
end $$;
comment on function holdpoint.cancel_by_key(uuid, text, text, text) is
  'Cancels a queued job because of its concurrency key, or asks that of a running one. The caller holds the job''s row.';

create function holdpoint.cancel_superseded(p_key holdpoint.concurrency_keys, p_by_kind text, p_by_id text) returns boolean
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v record; v_state public.job_state; v_all boolean := true;
begin
  for v in
    select m.job_id, m.has_slot from holdpoint.key_jobs m
    where m.venture = p_key.venture and m.type = p_key.type and m.key = p_key.key and m.job_id < p_key.superseded_before and (not m.has_slot or p_key.strategy = 'cancel_old')
    order by m.job_id limit 500
  loop
    select j.state into v_state from public.jobs j where j.id = v.job_id for no key update skip locked;
    if not found then v_all := false; continue; end if;
    if v_state in ('queued', 'running') then perform holdpoint.cancel_by_key(v.job_id, 'superseded', p_by_kind, p_by_id); end if;
    -- One that runs keeps its slot until its run has ended.
    if v_state <> 'running' then delete from holdpoint.key_jobs m where m.job_id = v.job_id; end if;
  end loop;
  return v_all and not exists (select 1 from holdpoint.key_jobs m where m.venture = p_key.venture and m.type = p_key.type and m.key = p_key.key
    and m.job_id < p_key.superseded_before and not m.has_slot);
end $$;
comment on function holdpoint.cancel_superseded(holdpoint.concurrency_keys, text, text) is
  'Cancels members of a key that a newer job has superseded, up to 500. False: some are left (too many, or locked by someone): look again.';

-- Slots ------------------------------------------------------------------------------------------------------------

create function holdpoint.fill_key(p_key holdpoint.concurrency_keys, p_by_kind text, p_by_id text) returns void
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v_free int; v_again boolean := false; v record; v_job public.jobs; v_last uuid := '00000000-0000-0000-0000-000000000000';
begin
  if p_key.superseded_before is not null then v_again := not holdpoint.cancel_superseded(p_key, p_by_kind, p_by_id); end if;
  select p_key.max - count(*) into v_free from holdpoint.key_jobs m where m.venture = p_key.venture and m.type = p_key.type and m.key = p_key.key and m.has_slot;
  while v_free > 0 loop
    select m.job_id into v from holdpoint.key_jobs m
    where m.venture = p_key.venture and m.type = p_key.type and m.key = p_key.key and not m.has_slot and m.job_id > v_last
      and (p_key.superseded_before is null or m.job_id >= p_key.superseded_before)
    order by m.job_id limit 1;
    exit when not found;
    v_last := v.job_id;
    select * into v_job from public.jobs j where j.id = v.job_id for no key update skip locked;
    if not found then v_again := true; continue; end if;
    if v_job.state <> 'queued' or v_job.waits_for is null or v_job.waits_for not like 'concurrency\_key:%' then
      delete from holdpoint.key_jobs m where m.job_id = v.job_id;
      continue;
    end if;
    update holdpoint.key_jobs m set has_slot = true, checked_at = clock_timestamp() where m.job_id = v.job_id;
    update public.jobs j set run_at = clock_timestamp(), waits_for = null, slots = array['key:' || j.concurrency_key], dispatch_no = j.dispatch_no + 1 where j.id = v.job_id;
    v_free := v_free - 1;
    perform pg_notify('holdpoint_wake', 'ready:' || v_job.queue);
  end loop;
  if v_again then
    update holdpoint.concurrency_keys k set look_again = true where k.venture = p_key.venture and k.type = p_key.type and k.key = p_key.key and not k.look_again;
  elsif p_key.superseded_before is null then
    delete from holdpoint.concurrency_keys k where k.venture = p_key.venture and k.type = p_key.type and k.key = p_key.key
      and not exists (select 1 from holdpoint.key_jobs m where m.venture = k.venture and m.type = k.type and m.key = k.key);
  end if;
end $$;
comment on function holdpoint.fill_key(holdpoint.concurrency_keys, text, text) is
  'Gives free slots of a key to the first jobs that wait for one. The caller holds the key''s row. What someone else has locked is skipped and looked at again by the janitor.';

create function holdpoint.enter_key(p_job public.jobs, p_by_kind text, p_by_id text) returns text
language plpgsql volatile set search_path = '' as $$
declare v_key holdpoint.concurrency_keys; v_type jsonb; v_busy boolean; v_clear boolean := true;
begin
  select t.concurrency into v_type from public.job_types t where t.name = p_job.type and t.version = p_job.type_version;
  if v_type is null then return 'ok'; end if;
  v_key := holdpoint.lock_key(p_job.venture, p_job.type, p_job.concurrency_key, (v_type ->> 'limit')::int, v_type ->> 'strategy');
  -- A slot of another key (it was readmitted since) is given on by the janitor: that key's row would come out of order here.
  -- Until then it is no job's, with an id past all jobs: nothing newer supersedes it.
  update holdpoint.key_jobs m set job_id = overlay(gen_random_uuid()::text placing 'ffffffff' from 1 for 8)::uuid, checked_at = '-infinity' where m.job_id = p_job.id and m.key <> v_key.key and m.has_slot;
  delete from holdpoint.key_jobs m where m.job_id = p_job.id;
  if p_job.id < v_key.superseded_before then
    perform holdpoint.cancel_by_key(p_job.id, 'superseded', p_by_kind, p_by_id);
    -- It may have had a slot still, from before it was readmitted.
    perform holdpoint.fill_key(v_key, p_by_kind, p_by_id);
    return 'stale';
  end if;
  v_busy := (select count(*) from holdpoint.key_jobs m where m.venture = v_key.venture and m.type = v_key.type and m.key = v_key.key and m.has_slot) >= v_key.max;
  if v_key.strategy = 'cancel_old' or (v_busy and v_key.strategy = 'newest_waiting') then
    update holdpoint.concurrency_keys k set superseded_before = p_job.id where k.venture = v_key.venture and k.type = v_key.type and k.key = v_key.key;
    v_key.superseded_before := p_job.id;
    v_clear := holdpoint.cancel_superseded(v_key, p_by_kind, p_by_id);
    v_busy := (select count(*) from holdpoint.key_jobs m where m.venture = v_key.venture and m.type = v_key.type and m.key = v_key.key and m.has_slot) >= v_key.max;
  end if;
  if not v_clear then
    update holdpoint.concurrency_keys k set look_again = true where k.venture = v_key.venture and k.type = v_key.type and k.key = v_key.key;
  end if;
  if v_busy and v_key.strategy = 'skip' and p_job.run_no = 0 then
    perform holdpoint.cancel_by_key(p_job.id, 'concurrency_key_busy', p_by_kind, p_by_id);
    return 'stale';
  end if;
  insert into holdpoint.key_jobs (job_id, venture, type, key, has_slot) values (p_job.id, v_key.venture, v_key.type, v_key.key, not v_busy);
  update public.jobs j set
    slots = case when not v_busy then array['key:' || j.concurrency_key] end,
    run_at = case when v_busy then holdpoint.never() else j.run_at end, waits_for = case when v_busy then 'concurrency_key:' || j.concurrency_key end
  where j.id = p_job.id;
  return case when v_busy then 'limit' else 'ok' end;
end $$;
comment on function holdpoint.enter_key(public.jobs, text, text) is
  'A queued job with a concurrency key comes due: ok (it has a slot now), limit (it waits for one) or stale (its key''s strategy canceled it: skip, or superseded). The caller holds the job''s row.';

create function holdpoint.enter_admitted(p_worker uuid, p_ids uuid[], p_keys text[]) returns void
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v_job public.jobs;
begin
  update public.jobs j set concurrency_key = u.key from unnest(p_ids, p_keys) u(id, key)
  where j.id = u.id and u.key is not null and j.state in ('queued', 'held') and j.concurrency_key is distinct from u.key;
  for v_job in
    select j.* from public.jobs j where j.id = any (p_ids) and j.state = 'queued' and j.concurrency_key is not null and j.run_at <= clock_timestamp()
    order by j.venture, j.type, j.concurrency_key, j.id
  loop
    -- An earlier one of this batch may have been superseded by it, or the other way round.
    if (select j.state from public.jobs j where j.id = v_job.id) = 'queued' then perform holdpoint.enter_key(v_job, 'worker', p_worker::text); end if;
  end loop;
end $$;
comment on function holdpoint.enter_admitted(uuid, uuid[], text[]) is 'Notes the concurrency keys of jobs just admitted; those that are due take a slot, wait, or end by their key''s strategy. In the order of the keys.';

create function holdpoint.take_key_slots(p_worker uuid, p_ids uuid[], p_verdicts text[]) returns text[]
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v record; v_job public.jobs; v_entered boolean := false;
begin
  for v in
    select u.n::int as n, u.id from unnest(p_ids, p_verdicts) with ordinality u(id, verdict, n) join public.jobs j on j.id = u.id
    where u.verdict = 'ok' and j.concurrency_key is not null
      -- What the job notes may be old: the janitor has given the slot of one that was held on.
      and not (coalesce('key:' || j.concurrency_key = any (j.slots), false)
        and exists (select 1 from holdpoint.key_jobs m where m.job_id = j.id and m.key = j.concurrency_key and m.has_slot))
    order by j.venture, j.type, j.concurrency_key, j.id
  loop
    select * into strict v_job from public.jobs j where j.id = v.id;
    if v_job.state = 'queued' then p_verdicts[v.n] := holdpoint.enter_key(v_job, 'worker', p_worker::text); end if;
    v_entered := true;
  end loop;
  if v_entered then
    -- One of the batch may have superseded another, also one that would wait, be held or be readmitted.
    p_verdicts := array(select case when j.state <> 'queued' then 'stale' else u.verdict end
      from unnest(p_ids, p_verdicts) with ordinality u(id, verdict, n) left join public.jobs j on j.id = u.id order by u.n);
  end if;
  return p_verdicts;
end $$;
comment on function holdpoint.take_key_slots(uuid, uuid[], text[]) is 'The gate, for jobs that came due by themselves (a delay, a retry): each takes a slot of its key, or waits for one. In the order of the keys.';

create function holdpoint.leave_keys(p_ids uuid[], p_by_kind text, p_by_id text) returns void
language plpgsql volatile set search_path = '' as $$
declare v record; v_key holdpoint.concurrency_keys;
begin
  for v in
    select m.venture::text as venture, m.type::text as type, m.key from holdpoint.key_jobs m where m.job_id = any (p_ids) group by m.venture, m.type, m.key order by m.venture, m.type, m.key
  loop
    v_key := holdpoint.lock_key(v.venture, v.type, v.key, null, null);
    delete from holdpoint.key_jobs m where m.job_id = any (p_ids) and m.venture = v.venture and m.type = v.type and m.key = v.key;
    if v_key.key is not null then perform holdpoint.fill_key(v_key, p_by_kind, p_by_id); end if;
  end loop;
end $$;
comment on function holdpoint.leave_keys(uuid[], text, text) is 'These jobs have left their keys: the slots go to whoever waits. In the order of the keys; the caller holds the jobs'' rows.';

create function holdpoint.left_key(p_member holdpoint.key_jobs, p_job public.jobs) returns boolean language sql immutable set search_path = '' as $$
  select p_member.has_slot and (p_job.id is null or p_job.state not in ('queued', 'running') or not coalesce('key:' || p_member.key = any (p_job.slots), false))
$$;
comment on function holdpoint.left_key(holdpoint.key_jobs, public.jobs) is 'Is this the slot of a job that is neither ready nor running any more? A null job: it is in another key now, or dropped.';

create function holdpoint.tend_keys(p_worker uuid) returns int
language plpgsql volatile set search_path = '' set enable_partition_pruning = off as $$
declare v record; v_key holdpoint.concurrency_keys; v_old uuid[]; v_mine uuid[]; v_gone uuid[]; v_count int := 0; v_day timestamptz := clock_timestamp() - interval '1 day';
begin
  -- Slots of jobs that left by a way that did not say so. Whom someone else has locked is looked at the next time.
  v_old := array(select m.job_id from holdpoint.key_jobs m where m.has_slot and m.checked_at < clock_timestamp() - interval '5 seconds' order by m.checked_at limit 200);
  if v_old <> '{}' then
    v_gone := array(select m.job_id from holdpoint.key_jobs m left join public.jobs j on j.id = m.job_id where m.job_id = any (v_old) and holdpoint.left_key(m, j));
    update holdpoint.key_jobs m set checked_at = clock_timestamp() where m.job_id = any (v_old) and m.job_id <> all (v_gone);
    v_mine := array(select j.id from public.jobs j where j.id = any (v_gone) order by j.id for no key update skip locked);
    v_gone := array(select m.job_id from holdpoint.key_jobs m left join public.jobs j on j.id = m.job_id
      where m.job_id = any (v_gone) and holdpoint.left_key(m, j) and (j.id is null or j.id = any (v_mine)));
  end if;
  -- Together with the keys to look at again, so that the keys are locked in their order.
  for v in
    select o.* from (
      select m.venture::text as venture, m.type::text as type, m.key from holdpoint.key_jobs m where m.job_id = any (v_gone)
      union (select k.venture::text, k.type::text, k.key from holdpoint.concurrency_keys k where k.look_again order by k.touched_at limit 50)
    ) o order by o.venture collate "C", o.type collate "C", o.key collate "C"
  loop
    v_key := holdpoint.lock_key(v.venture, v.type, v.key, null, null);
    delete from holdpoint.key_jobs m where m.job_id = any (v_gone) and m.venture = v.venture and m.type = v.type and m.key = v.key;
    continue when v_key.key is null;
    update holdpoint.concurrency_keys k set look_again = false where k.venture = v.venture and k.type = v.type and k.key = v.key and k.look_again;
    perform holdpoint.fill_key(v_key, 'worker', p_worker::text);
    v_count := v_count + 1;
  end loop;
  delete from holdpoint.concurrency_keys k
  -- The day also keeps a key that someone has just taken: read again once its row is free, it is a key in use.
  where k.touched_at < v_day and (k.superseded_before is null or k.superseded_before <= (select j.id from public.jobs j order by j.id limit 1))
    and not exists (select 1 from holdpoint.key_jobs m where m.venture = k.venture and m.type = k.type and m.key = k.key);
  return v_count;
end $$;
comment on function holdpoint.tend_keys(uuid) is 'The janitor''s look at keys: what was skipped because someone had it locked, slots of jobs that left by a way that did not say so, keys unused for a day that supersede no job that is kept. Returns changes.';
