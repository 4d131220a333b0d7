-- Holdpoint, part 7.2.9: where money stands: reservations, the usage of caps, the ledger; caps in force and their periods.
--
-- Accounts of the ledger, each per venture, job and run: budget (where all comes from; its balance is the negative of
-- what is committed), reserved (the ceiling set aside at the claim), authorised (what open effects may cost), captured
-- (what was spent), overrun (what was spent above what had been set aside). public.reservations holds the same sums per
-- run, and changes under the lock of the job's row; public.cap_usage per cap and period, under the caps' rows. All three
-- change in one transaction. Order: limits, caps, blocks, ledger, venture rows.

create table public.reservations (
  job_id uuid not null,
  run_no int not null,
  venture public.venture_key not null,
  day date not null,
  week date not null,
  reserved_microusd bigint not null,
  left_microusd bigint not null,
  authorised_microusd bigint not null default 0,
  captured_microusd bigint not null default 0,
  overrun_microusd bigint not null default 0,
  at timestamptz not null,
  closed_at timestamptz,
  primary key (job_id, run_no),
  constraint reservations_not_negative check (least(left_microusd, authorised_microusd, captured_microusd, overrun_microusd) >= 0),
  constraint reservations_within check (left_microusd + authorised_microusd + captured_microusd <= reserved_microusd),
  constraint reservations_closed check (closed_at is null or left_microusd = 0)
)
-- A row is written twice, at its run's start and end: with room on its page the second time touches no index (HOT).
with (fillfactor = 50);
comment on table public.reservations is 'What a paid run may still cost (left), what its effects may (authorised), and what it has cost. Fixed to the day and week in which it was reserved. closed_at: the run has ended; authorisations may still be open.';

create table public.cap_usage (
  scope public.block_scope not null,
  key text collate "C" not null,
  period public.cap_period not null,
  starts date not null,
  venture public.venture_key not null references public.ventures (key),
  limit_microusd bigint not null,
  reserved_microusd bigint not null default 0,
  authorised_microusd bigint not null default 0,
  captured_microusd bigint not null default 0,
  overrun_microusd bigint not null default 0,
  refused_microusd bigint,
  primary key (scope, key, period, starts),
  constraint cap_usage_not_negative check (least(reserved_microusd, authorised_microusd, captured_microusd, overrun_microusd) >= 0),
  -- The cap's last line of defence: limit_microusd is the highest cap that anything was reserved under.
  constraint cap_usage_within check (reserved_microusd + authorised_microusd + captured_microusd <= limit_microusd)
);
comment on table public.cap_usage is 'What is committed under a cap in one period. refused_microusd: the smallest reservation that the gate refused and that still waits.';

alter table public.reservations enable row level security;
alter table public.cap_usage enable row level security;
create policy members_read on public.reservations for select to authenticated using (venture in (select holdpoint.my_ventures()));
create policy members_read on public.cap_usage for select to authenticated using (venture in (select holdpoint.my_ventures()));

-- The ledger is append only ----------------------------------------------------------------------------------------

create function holdpoint.refuse_change() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception '% is append only', tg_table_name;
end $$;
comment on function holdpoint.refuse_change() is 'Nothing of the ledger is changed or removed.';
create trigger append_only before update or delete on public.ledger_entries for each statement execute function holdpoint.refuse_change();

-- Periods and caps -------------------------------------------------------------------------------------------------

create function holdpoint.periods_at(p_at timestamptz) returns holdpoint.periods
language sql stable set search_path = '' as $$
  select row(s.time_zone, d.day, d.week, (d.day + 1)::timestamp at time zone s.time_zone, (d.week + 7)::timestamp at time zone s.time_zone)::holdpoint.periods
  from public.settings s
  cross join lateral (select (p_at at time zone s.time_zone)::date as day, date_trunc('week', p_at at time zone s.time_zone)::date as week) d
$$;
comment on function holdpoint.periods_at(timestamptz) is 'Day and week (from Monday) in settings.time_zone, and when they end.';

create function holdpoint.cap_at(p_cap public.caps, p_at timestamptz) returns bigint language sql immutable as $$
  select case when (p_cap).override_until > p_at then (p_cap).override_microusd else (p_cap).cap_microusd end
$$;
comment on function holdpoint.cap_at(public.caps, timestamptz) is 'The cap in force: an override until its time, else the cap.';

create function holdpoint.threshold_at(p_cap public.caps, p_at timestamptz) returns bigint language sql immutable as $$
  select case when (p_cap).threshold_microusd = (p_cap).cap_microusd then holdpoint.cap_at(p_cap, p_at) else (p_cap).threshold_microusd end
$$;
comment on function holdpoint.threshold_at(public.caps, timestamptz) is 'The threshold in force: one that is the cap itself goes with it while that is overridden. Null of a week.';

create function holdpoint.has_cap(p_venture text) returns boolean language sql stable set search_path = '' as $$
  select exists (select 1 from public.caps c where c.scope = 'everything' or (c.scope = 'venture' and c.key = p_venture))
$$;
comment on function holdpoint.has_cap(text) is 'Is there a cap that covers the venture''s paid work? Without one it is held.';

create function holdpoint.lock_caps(p_ventures text[]) returns void language plpgsql volatile set search_path = '' as $$
begin
  perform 1 from public.caps c where c.scope = 'everything' or (c.scope = 'venture' and c.key = any (p_ventures)) order by c.scope, c.key, c.period for no key update;
end $$;
comment on function holdpoint.lock_caps(text[]) is 'Locks the caps that cover these ventures, by key. What they allow is read in a later statement.';
