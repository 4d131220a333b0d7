-- Holdpoint, part 7.6.2: retention. A month of ended jobs is dropped whole when its time is over; the last hash of each
-- stream, receipts, the ledger, decisions and idempotency keys stay.
--
-- In two calls: prepare_drop() keeps the last hashes while everything goes on, drop_month() looks that nothing has moved
-- since and drops the partitions under a lock that it holds for an instant.

alter table public.settings add column retention_months int check (retention_months between 1 and 1200);
alter table public.settings add column log_days int not null default 30 check (log_days between 1 and 36500);
comment on column public.settings.retention_months is 'Months that ended jobs are kept after the month they were submitted in; null: for ever.';
comment on column public.settings.log_days is 'Days that the output of runs is kept.';

create table holdpoint.dropped_months (
  month date primary key,
  jobs int not null,
  root bytea not null,
  -- Where the feed was when the last hashes were kept: nothing of the month may appear behind it.
  epoch int not null,
  xid xid8 not null,
  prepared_at timestamptz not null,
  dropped_at timestamptz
);
alter table holdpoint.dropped_months enable row level security;
comment on table holdpoint.dropped_months is 'Months of jobs that were dropped (dropped_at null: about to be), with the Merkle root over the last hashes that were kept of them.';

create function holdpoint.month_ends(p_month date) returns uuid language sql immutable set search_path = '' as $$
  select holdpoint.month_floor((p_month + interval '1 month')::date)
$$;
comment on function holdpoint.month_ends(date) is 'The first id after a month.';

create function holdpoint.month_table(p_table text, p_month date) returns regclass language sql stable set search_path = '' as $$
  select to_regclass('holdpoint.' || p_table || to_char(p_month, '"_y"YYYY"m"MM'))
$$;
comment on function holdpoint.month_table(text, date) is 'The partition of jobs, runs or job_events of a month; null when there is none.';

create function holdpoint.kept_months() returns table (month date, jobs_table regclass) language sql stable set search_path = '' as $$
  select to_date(substr(c.relname, 6), '"y"YYYY"m"MM'), c.oid::regclass from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'public.jobs'::regclass order by c.relname
$$;
comment on function holdpoint.kept_months() is 'The months that there are partitions of, oldest first.';

create function holdpoint.month_over(p_month date, p_at timestamptz) returns boolean language sql stable set search_path = '' as $$
  select coalesce((p_month + make_interval(months => s.retention_months + 1)) at time zone 'UTC' <= p_at, false) from public.settings s
$$;
comment on function holdpoint.month_over(date, timestamptz) is 'Is the retention of a month over? Never without a setting.';

create function holdpoint.why_month_stays(p_month date, p_at timestamptz) returns text
language plpgsql stable set search_path = '' as $$
declare v_open boolean; v_last holdpoint.checkpoints;
begin
  if not holdpoint.month_over(p_month, p_at) then return 'retention'; end if;
  execute format('select exists (select 1 from %s j where j.ended_at is null)', holdpoint.month_table('jobs', p_month)) into v_open;
  if v_open then return 'open_jobs'; end if;
  -- What such an effect has cost may still be corrected, which is an event of its job.
  if exists (select 1 from public.effects e where e.job_id >= holdpoint.month_floor(p_month) and e.job_id < holdpoint.month_ends(p_month) and e.settled_at is null) then
    return 'open_effects';
  end if;
  select * into v_last from holdpoint.checkpoints order by no desc limit 1;
  if holdpoint.month_moved(p_month, coalesce(v_last.epoch, 0), coalesce(v_last.up_to_xid, '0'::xid8)) then return 'not_sealed'; end if;
  return null;
end $$;
comment on function holdpoint.why_month_stays(date, timestamptz) is 'retention (its time is not over), open_jobs, open_effects, not_sealed; null: it may go.';

create function holdpoint.month_moved(p_month date, p_epoch int, p_xid xid8) returns boolean
language sql stable set search_path = '' set enable_seqscan = off as $$
  select exists (select 1 from holdpoint.feed f cross join lateral unnest(f.streams) s(stream)
    where (f.epoch, f.xid) >= (p_epoch, p_xid) and s.stream >= holdpoint.month_floor(p_month) and s.stream < holdpoint.month_ends(p_month))
$$;
comment on function holdpoint.month_moved(date, int, xid8) is 'Has a job of the month had an event since this position of the feed?';

-- The duty -------------------------------------------------------------------------------------------------------------

create function holdpoint.prepare_drop(p_worker uuid, p_key text) returns date
language plpgsql volatile security definer set search_path = '' as $$
declare v_month date; v_epoch int; v_xid xid8; v_jobs int; v_root bytea;
begin
  perform holdpoint.check_worker(p_worker, p_key);
  if not pg_try_advisory_xact_lock(7263450916) then return null; end if;
  select m.month into v_month from holdpoint.kept_months() m where holdpoint.why_month_stays(m.month, clock_timestamp()) is null order by m.month limit 1;
  if v_month is null then return null; end if;
  select epoch into v_epoch from holdpoint.installation;
  v_xid := pg_snapshot_xmin(pg_current_snapshot());
  -- What an earlier try kept is void.
  delete from holdpoint.stream_heads where month = v_month;
  delete from holdpoint.dropped_months where month = v_month;
  execute format('insert into holdpoint.stream_heads (stream, venture, seq, hash, month) select j.id, j.venture, j.seq, j.head, $1 from %s j', holdpoint.month_table('jobs', v_month)) using v_month;
  get diagnostics v_jobs = row_count;
  v_root := holdpoint.merkle_root(array(select holdpoint.leaf_hash(h.stream, h.seq, h.hash) from holdpoint.stream_heads h where h.month = v_month order by h.stream));
  insert into holdpoint.dropped_months (month, jobs, root, epoch, xid, prepared_at) values (v_month, v_jobs, coalesce(v_root, '\x'), v_epoch, v_xid, clock_timestamp());
  return v_month;
end $$;
comment on function holdpoint.prepare_drop(uuid, text) is 'Keeps the last hashes of the oldest month that may go, and returns it; null when none may. Drops nothing.';

create function holdpoint.drop_month(p_worker uuid, p_key text, p_month date) returns boolean
language plpgsql volatile security definer set search_path = '' set lock_timeout = '300ms' as $$
declare v holdpoint.dropped_months; v_table text; v_now timestamptz; v_set jsonb;
begin
  perform holdpoint.check_worker(p_worker, p_key);
  -- Whoever waits behind this lock waits for an instant: what takes long was done before.
  lock table public.jobs, public.runs, public.job_events in access exclusive mode;
  select * into v from holdpoint.dropped_months where month = p_month and dropped_at is null for update;
  -- No job changes its state without an event: what had ended then has ended now.
  if not found or not holdpoint.month_over(p_month, clock_timestamp()) or holdpoint.month_moved(p_month, v.epoch, v.xid) then return false; end if;
  foreach v_table in array array['jobs', 'runs', 'job_events'] loop
    execute format('drop table %s', holdpoint.month_table(v_table, p_month));
  end loop;
  v_now := clock_timestamp();
  update holdpoint.dropped_months set dropped_at = v_now where month = p_month;
  -- Who asked for it: the last word on retention.
  select e.body::jsonb -> 'actor' into v_set from public.venture_events e where e.venture = 'fleet' and e.type = 'retention.set' order by e.seq desc limit 1;
  perform holdpoint.append_venture_event('fleet', 'month.dropped', 'worker', p_worker::text, jsonb_build_object('month', to_char(p_month, 'YYYY-MM'), 'jobs', v.jobs,
    'root', encode(v.root, 'hex'), 'retention_months', (select retention_months from public.settings), 'set_by', v_set ->> 'id'), v_now);
  return true;
end $$;
comment on function holdpoint.drop_month(uuid, text, date) is
  'Drops the partitions of a month that prepare_drop() prepared, with an event of the fleet. False: it moved since, or may not go any more; prepare again. 55P03 when the tables are not free at once.';

create function holdpoint.dropped_ranges(p_worker uuid, p_key text) returns table (first uuid, ends uuid)
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  return query select holdpoint.month_floor(m.month), holdpoint.month_ends(m.month) from holdpoint.dropped_months m where m.dropped_at is not null order by m.month;
end $$;
comment on function holdpoint.dropped_ranges(uuid, text) is 'Between which ids the jobs of dropped months lie (ends is not of them).';

create function holdpoint.prune_dropped(p_worker uuid, p_key text, p_max int) returns int
language plpgsql volatile security definer set search_path = '' as $$
declare v record; v_table text; v_count int := 0; v_n int;
begin
  perform holdpoint.check_worker(p_worker, p_key);
  for v in select holdpoint.month_floor(m.month) as first, holdpoint.month_ends(m.month) as ends from holdpoint.dropped_months m where m.dropped_at is not null order by m.month loop
    foreach v_table in array array['plans', 'steps', 'run_logs', 'waits', 'signals'] loop
      execute format('delete from public.%1$I where ctid = any (array(select t.ctid from public.%1$I t where t.job_id >= $1 and t.job_id < $2 limit $3))', v_table) using v.first, v.ends, p_max;
      get diagnostics v_n = row_count;
      v_count := v_count + v_n;
    end loop;
  end loop;
  return v_count;
end $$;
comment on function holdpoint.prune_dropped(uuid, text, int) is 'Plans, steps, output, waits and signals of dropped jobs, at most p_max rows of each. Returns rows.';

create function holdpoint.removable_jobs(p_worker uuid, p_key text, p_jobs uuid[]) returns uuid[]
language plpgsql volatile security definer set search_path = '' as $$
declare v_ids uuid[]; v_named uuid[];
begin
  perform holdpoint.check_worker(p_worker, p_key);
  v_ids := array(
    select h.stream from holdpoint.stream_heads h join holdpoint.dropped_months m on m.month = h.month and m.dropped_at is not null
    where h.stream = any (p_jobs) and not exists (select 1 from public.incidents i where i.job_id = h.stream and i.resolved_at is null)
      -- A job that was made from it may have taken over its steps, which name what they kept.
      and not exists (
        with recursive made as (
          select l.job_id from public.job_links l where l.of_job = h.stream
          union select l.job_id from made m join public.job_links l on l.of_job = m.job_id)
        select 1 from made m join public.jobs j on j.id = m.job_id));
  if cardinality(v_ids) = 0 then return v_ids; end if;
  v_named := array(
    select distinct u.id[1]::uuid from public.jobs j
    cross join lateral regexp_matches(j.payload::text || coalesce(j.refs::text, ''), '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}', 'g') u(id)
    where j.ended_at is null);
  return array(
    select i.id from unnest(v_ids) i(id) where i.id <> all (v_named)
      and not exists (select 1 from public.artifacts a where a.job_id = i.id and a.id = any (v_named)));
end $$;
comment on function holdpoint.removable_jobs(uuid, text, uuid[]) is
  'Of these jobs those whose kept files may go: their month was dropped, none of their incidents is open, no kept job was made from them, and no job that has not ended names them or one of their artifacts.';

-- People ---------------------------------------------------------------------------------------------------------------

create function public.set_retention(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_was public.settings; v public.settings; v_field text;
begin
  perform holdpoint.only_fields(p_request, array['months', 'log_days', 'confirmation']);
  v_operator := holdpoint.require_role('fleet', 'admin');
  foreach v_field in array array['months', 'log_days'] loop
    if coalesce(jsonb_typeof(p_request -> v_field), 'null') not in ('number', 'null') or (p_request ->> v_field)::numeric not between 1 and 1200
      or (p_request ->> v_field)::numeric % 1 <> 0 or (v_field = 'log_days' and p_request -> v_field = 'null')
    then
      perform holdpoint.fail(400, 'bad_field', 'Retention is a whole number of months (null: for ever), and of days for output: 1 to 1200.', v_field);
    end if;
  end loop;
  if p_request ->> 'months' is not null and p_request ->> 'confirmation' is distinct from 'DROP' then
    perform holdpoint.fail(400, 'confirmation_missing', 'Dropped months don''t come back: type DROP.', 'confirmation');
  end if;
  perform 1 from public.ventures where key = 'fleet' for no key update;
  select * into strict v_was from public.settings for update;
  update public.settings set retention_months = case when p_request ? 'months' then (p_request ->> 'months')::int else retention_months end,
    log_days = coalesce((p_request ->> 'log_days')::int, log_days) returning * into v;
  perform holdpoint.append_venture_event('fleet', 'retention.set', 'operator', v_operator.email,
    jsonb_build_object('months', v.retention_months, 'months_was', v_was.retention_months, 'log_days', v.log_days, 'log_days_was', v_was.log_days), clock_timestamp());
  return jsonb_build_object('months', v.retention_months, 'months_was', v_was.retention_months, 'log_days', v.log_days, 'log_days_was', v_was.log_days);
end $$;
comment on function public.set_retention(jsonb) is
  'Sets {months: how long months of ended jobs are kept (null: for ever), log_days, confirmation: DROP when months is a number}; what is left out stays. Needs admin of the fleet. 400 confirmation_missing.';

create function public.retention_status() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v_now timestamptz := clock_timestamp();
begin
  perform holdpoint.require_role('fleet', 'viewer');
  return (select jsonb_build_object('now', v_now, 'months', s.retention_months, 'log_days', s.log_days,
    'kept', (select coalesce(jsonb_agg(jsonb_build_object('month', to_char(m.month, 'YYYY-MM'), 'about_jobs', case when c.reltuples >= 0 then c.reltuples::bigint end,
        'ends_at', (m.month + make_interval(months => s.retention_months + 1)) at time zone 'UTC', 'stays', holdpoint.why_month_stays(m.month, v_now)) order by m.month), '[]')
      from holdpoint.kept_months() m join pg_class c on c.oid = m.jobs_table),
    'dropped', (select coalesce(jsonb_agg(jsonb_build_object('month', to_char(d.month, 'YYYY-MM'), 'jobs', d.jobs, 'dropped_at', d.dropped_at) order by d.month), '[]')
      from holdpoint.dropped_months d where d.dropped_at is not null)) from public.settings s);
end $$;
comment on function public.retention_status() is
  '{months, log_days, kept: [{month, about_jobs (null: not counted yet), ends_at (null: never), stays: why it is still there; null: it goes next}], dropped: [{month, jobs, dropped_at}]}. Needs a role in the fleet.';
