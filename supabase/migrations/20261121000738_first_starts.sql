-- Holdpoint, part 7.3.8: first starts that are used up hold back first starts only. Lines do not tell a job that has run
-- before from one that has not; so those that are queued again are noted in a table of their own, which the pick reads only
-- for ventures whose first starts are used up.

create table holdpoint.queued_again (
  job_id uuid primary key,
  venture public.venture_key not null,
  queue public.job_queue not null
);
alter table holdpoint.queued_again enable row level security;
comment on table holdpoint.queued_again is 'Jobs that were queued again after a run. A hint: the job''s row decides, and the janitor takes out what is queued no more.';
create index queued_again_line on holdpoint.queued_again (venture, queue, job_id);

create function holdpoint.pick_again(p_queue public.job_queue, p_ventures text[], p_types text[], p_unpaid text[], p_out uuid[], p_limit int)
returns table (job_id uuid, dispatch_no int, venture text, type text)
language plpgsql stable set search_path = '' set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  return query
  select r.id, r.dispatch_no, r.venture, r.type
  from unnest(p_ventures) v(key)
  cross join lateral (select coalesce((select l.max - l.in_use from public.limits l where l.scope = 'venture' and l.key = v.key and l.kind = 'concurrency'), 1000000) as room) f
  cross join lateral (
    select j.id, j.dispatch_no, j.venture::text as venture, j.type::text as type
    from (select a.job_id from holdpoint.queued_again a where a.venture = v.key and a.queue = p_queue order by a.job_id limit 1000) a
    join public.jobs j on j.id = a.job_id
    -- state in a form that leaves the partial indexes alone, as in claim_at_once.
    where j.state::text || '' = 'queued' and j.run_no > 0 and j.run_at <= clock_timestamp() and not coalesce(j.type = any (p_types), false)
      and not (j.paid and coalesce('' = any (p_unpaid) or v.key = any (p_unpaid), false)) and j.id <> all (p_out)
    order by j.run_at, j.id limit greatest(least(f.room, p_limit), 0)
  ) r
  limit p_limit;
end $$;
comment on function holdpoint.pick_again(public.job_queue, text[], text[], text[], uuid[], int) is
  'Ready jobs of these ventures that have run before: what their used-up first starts do not hold back. p_types and p_unpaid (an empty name: all) are blocked.';

create function holdpoint.tend_queued_again() returns int
language plpgsql volatile set search_path = '' as $$
declare v_count int;
begin
  delete from holdpoint.queued_again a where a.job_id in (
    select q.job_id from holdpoint.queued_again q left join public.jobs j on j.id = q.job_id where j.id is null or j.state <> 'queued' limit 5000);
  get diagnostics v_count = row_count;
  return v_count;
end $$;
comment on function holdpoint.tend_queued_again() is 'Takes out jobs that are queued no more, 5,000 a call. Returns how many; nothing else changes by it.';
