-- Holdpoint, part 1: roles, types and tables.
--
-- `public` holds what the data API may show (row-level security on, read only; people write through functions).
-- `holdpoint` is never exposed: partitions, the feed, runtime functions, keys and counters.
-- Money is in micro-dollars (*_microusd). Times are the database's. Nothing here refers to a partitioned table by
-- foreign key, so that a month of jobs can be dropped whole.

create schema if not exists holdpoint;
comment on schema holdpoint is 'What no person reads directly: partitions, feed, runtime functions. Never exposed through the data API.';

-- Roles ----------------------------------------------------------------------------------------------------------

do $$
declare v_role text;
begin
  -- anon, authenticated and service_role are the platform's; a plain PostgreSQL (tests) has none of them.
  foreach v_role in array array['anon', 'authenticated', 'service_role', 'holdpoint_worker', 'holdpoint_web'] loop
    if not exists (select 1 from pg_roles where rolname = v_role) then
      execute format('create role %I nologin noinherit', v_role);
    end if;
  end loop;
end $$;

-- Types ----------------------------------------------------------------------------------------------------------

create type public.job_state as enum (
  'submitted', 'queued', 'held', 'running', 'dead', 'quarantined',
  -- Ended states come last: one comparison tells them (fits_state).
  'succeeded', 'canceled', 'refused', 'rejected', 'expired', 'discarded');
create type public.run_outcome as enum ('succeeded', 'failed', 'canceled', 'stopped', 'lost', 'parked');
create type public.error_class as enum ('transient', 'timeout', 'lost', 'bad_input', 'unsafe', 'budget', 'bug');
create type public.loss_cause as enum ('process_death', 'lease_expired', 'database', 'deploy', 'stop', 'never_started', 'unlisted', 'killed');
create type public.job_size as enum ('small', 'medium', 'large');
create type public.retry_tier as enum ('small', 'medium', 'large', 'approval_required');
create type public.job_queue as enum ('job', 'priority', 'scheduled', 'report');
create type public.task_queue as enum ('approval', 'recovery', 'dead-letter', 'quarantine', 'alert');
create type public.held_reason as enum ('approval', 'retry', 'park');
create type public.operator_role as enum ('viewer', 'approver', 'admin');
create type public.decision_verb as enum ('approve', 'reject', 'release', 'discard', 'undo');
create type public.block_scope as enum ('everything', 'lane', 'queue', 'venture', 'type', 'worker', 'paid', 'effects', 'provider');
create type public.block_kind as enum ('stop', 'pause', 'drain', 'concurrency', 'first_starts', 'cap', 'overrun', 'no_worker', 'rate', 'paused_by_provider', 'provider_down');
create type public.effect_kind as enum ('deploy', 'push', 'spend', 'contact', 'publish', 'other');
create type public.effect_settlement as enum ('safe_retry', 'reconcile');
create type public.limit_kind as enum ('concurrency', 'first_starts', 'rate');
create type public.cap_period as enum ('day', 'week');

-- Keys sort by byte, so that an index skip does not pay for a locale.
create domain public.venture_key as text collate "C" check (value ~ '^[a-z][a-z0-9-]{1,39}$');
create domain public.type_name as text collate "C" check (value ~ '^[a-z][a-z0-9_]{0,62}$');

-- Installation and settings --------------------------------------------------------------------------------------

create table holdpoint.installation (
  id boolean primary key default true check (id),
  epoch int not null default 1,
  system_identifier text not null,
  timeline int not null,
  control_no bigint not null default 0,
  schema_version int not null default 1,
  created_at timestamptz not null default now()
);
comment on table holdpoint.installation is 'One row: which database this is (feed epoch), and the number that workers poll for stops, drains and cancels.';

create table holdpoint.janitor (
  id boolean primary key default true check (id),
  database_up_since timestamptz not null default now(),
  janitor_seen_at timestamptz not null default now()
);
comment on table holdpoint.janitor is 'One row, locked by reap() alone and before all others: since when the database has been up without a gap.';

create table public.settings (
  id boolean primary key default true check (id),
  lease_ms int not null default 300000 check (lease_ms >= 10000),
  approval_delay_ms int not null default 10000 check (approval_delay_ms >= 0),
  approval_expires_ms bigint not null default 259200000 check (approval_expires_ms > 0),
  approval_reminder_ms bigint not null default 86400000 check (approval_reminder_ms > 0),
  max_open_approvals int not null default 200 check (max_open_approvals > 0),
  quick_approvals int not null default 5 check (quick_approvals > 0),
  quick_window_ms int not null default 60000 check (quick_window_ms > 0),
  stop_kill_ms int not null default 10000 check (stop_kill_ms > 0),
  max_uncounted_losses int not null default 10 check (max_uncounted_losses > 0),
  venture_concurrency int not null default 3 check (venture_concurrency > 0),
  venture_first_starts_per_hour int not null default 20 check (venture_first_starts_per_hour > 0),
  max_workers int not null default 3 check (max_workers > 0),
  time_zone text not null default 'UTC',
  policy_version int not null default 1,
  readmit_floor int not null default 0
);
comment on table public.settings is 'One row. Every lease time derives from lease_ms; limits are the defaults for new ventures. max_open_approvals: of one venture at once; after quick_approvals by one person in quick_window_ms the details of what has effects or cost must be opened. max_workers: so many workers with lanes take work, the others are standby.';

create table public.retry_tiers (
  tier public.retry_tier primary key,
  retries int not null check (retries >= 0),
  backoff text not null check (backoff in ('exponential', 'linear', 'none')),
  base_ms int not null check (base_ms >= 0),
  max_ms int not null check (max_ms >= base_ms),
  retries_by_itself boolean not null
);
comment on table public.retry_tiers is 'Retry rules as data; packages/policy states the same table and a test compares them.';

-- People ---------------------------------------------------------------------------------------------------------

create table public.operators (
  user_id uuid primary key,
  email text not null unique check (email = lower(email) and email like '%_@_%'),
  active boolean not null default true,
  must_change boolean not null default false,
  created_at timestamptz not null default now()
);
comment on table public.operators is 'Who may sign in to Holdpoint: a user of the auth service, active or not. Nobody becomes one by signing up.';

create table public.ventures (
  key public.venture_key primary key,
  id uuid not null unique,
  name text not null check (length(name) between 1 and 80),
  url text,
  repository text,
  build_command text,
  trusted boolean not null default false,
  allow_private_addresses boolean not null default false,
  demo boolean not null default false,
  seq int not null default 0,
  head bytea not null,
  created_at timestamptz not null default now()
);
comment on table public.ventures is 'One product of the portfolio and the isolation boundary. id names its event stream; seq and head are the stream''s last number and hash.';

create table public.memberships (
  user_id uuid not null references public.operators (user_id) on delete cascade,
  venture public.venture_key not null references public.ventures (key),
  role public.operator_role not null,
  primary key (user_id, venture)
);
comment on table public.memberships is 'An operator''s role in a venture. A role in the reserved venture fleet holds in every venture.';

-- What workers can do --------------------------------------------------------------------------------------------

create table public.job_types (
  name public.type_name not null,
  version int not null check (version > 0),
  payload_schema jsonb not null,
  size public.job_size not null,
  queue public.job_queue,
  estimate_microusd bigint not null default 0 check (estimate_microusd >= 0),
  ceiling_microusd bigint not null default 0 check (ceiling_microusd >= estimate_microusd),
  timeout_ms int not null check (timeout_ms > 0),
  lease_ms int check (lease_ms >= 10000),
  effect_kinds public.effect_kind[] not null default '{}',
  approval boolean not null default false,
  form jsonb not null default '[]' check (jsonb_typeof(form) = 'array'),
  -- {limit, strategy} of jobs with the same concurrency key.
  concurrency jsonb,
  -- Outside services that its runs need.
  providers text[] not null default '{}',
  code_hash text not null,
  description text not null default '',
  announced_at timestamptz not null default clock_timestamp(),
  primary key (name, version)
);
comment on table public.job_types is 'What workers announced. The highest version of a name is the announced one.';

create table public.workers (
  id uuid primary key,
  name text not null check (length(name) between 1 and 120),
  host text not null,
  lanes text[] not null,
  slots int not null check (slots >= 0),
  version text not null,
  schema_min int not null,
  schema_max int not null,
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  progress jsonb not null default '{}',
  draining boolean not null default false,
  standby boolean not null default false,
  killed_at timestamptz,
  isolation text not null default 'unknown',
  ended_at timestamptz,
  end_reason text
) with (fillfactor = 50);
comment on table public.workers is 'One row per worker process (incarnation). progress: slots in use, event-loop delay in ms, when the last hint was taken, per lane. killed_at: an admin told it to go; from then on it renews and records nothing.';
-- Not by heartbeat_at: a heartbeat then changes no index (HOT), and those that live are few.
create index workers_live on public.workers (id) where ended_at is null;

create table holdpoint.worker_keys (
  worker_id uuid primary key,
  instance text not null,
  key_sha256 bytea not null
);
comment on table holdpoint.worker_keys is 'Proof that a runtime call comes from the process it names. instance is the lock file''s identity, for freeing a dead incarnation.';
create index worker_keys_instance on holdpoint.worker_keys (instance);

create table holdpoint.worker_types (
  worker_id uuid not null,
  type public.type_name not null,
  version int not null,
  primary key (worker_id, type)
);

create table public.duties (
  name text primary key,
  epoch bigint not null default 0,
  worker_id uuid,
  leader_until timestamptz,
  last_run_at timestamptz,
  last_error text
);
comment on table public.duties is 'Who leads a background loop. Leadership saves work; every duty is safe with two leaders.';
