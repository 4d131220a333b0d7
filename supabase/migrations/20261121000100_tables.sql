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
  -- Ended states come last: one comparison tells them (jobs_ended).
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
);
comment on table public.workers is 'One row per worker process (incarnation). progress: slots in use, event-loop delay in ms, when the last hint was taken, per lane. killed_at: an admin told it to go; from then on it renews and records nothing.';
create index workers_live on public.workers (heartbeat_at) where ended_at is null;

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

-- Jobs, runs, events: partitioned by month of the job id ---------------------------------------------------------

-- Columns of fixed width that are never null come first: PostgreSQL then finds them, and what the indexes need, without
-- walking each row. Job rows are written three times in their life, mostly in batches.
create table public.jobs (
  id uuid not null,
  seq int not null,
  state public.job_state not null,
  queue public.job_queue not null,
  dispatch_no int not null default 0,
  run_at timestamptz not null,
  updated_at timestamptz not null,
  created_at timestamptz not null,
  run_no int not null default 0,
  type_version int not null,
  retries_used int not null default 0,
  losses int not null default 0,
  deaths int not null default 0,
  admit_tries int not null default 0,
  plan_no int not null default 0,
  size public.job_size not null,
  estimate_microusd bigint not null default 0,
  ceiling_microusd bigint not null default 0,
  cost_microusd bigint not null default 0,
  urgent boolean not null default false,
  paid boolean not null default false,
  needs_approval boolean not null default false,
  -- The state where an index needs it, null otherwise. The partial indexes use this column and no query but theirs does,
  -- or the planner takes them instead of the primary key (PERFORMANCE: claim 13 ms instead of 1.2). It is null of running
  -- and of ended jobs, so that the end of a run changes no indexed column and its update touches no index (HOT).
  -- And its comparison, unlike an enum's, is leakproof: under row-level security it may reach an index.
  -- Each transition sets it; as a generated column it would have PostgreSQL form each row twice.
  phase "char",
  venture public.venture_key not null,
  type public.type_name not null,
  head bytea not null,
  payload jsonb not null,
  submitted_by_kind text not null,
  submitted_by_id text not null,
  refs jsonb,
  idempotency_key text,
  start_by timestamptz,
  end_by timestamptz,
  admit_at timestamptz,
  tier public.retry_tier,
  approval jsonb,
  rule text,
  policy_version int,
  reason text,
  plan_hash bytea,
  held_for public.held_reason,
  held_until timestamptz,
  decision_id uuid,
  decided_from public.job_state,
  waits_for text,
  -- Computed from the payload at admission, where the type names a key.
  concurrency_key text collate "C",
  -- What the job counts on besides its venture's limits, e.g. type:build. Null for nearly all.
  slots text[],
  token bigint,
  cancel_requested_at timestamptz,
  cancel_reason text,
  result jsonb,
  ended_at timestamptz,
  primary key (id),
  constraint jobs_phase check (phase is not distinct from (case state when 'submitted' then 's'::"char" when 'queued' then 'q'::"char"
    when 'held' then 'h'::"char" when 'dead' then 'd'::"char" when 'quarantined' then 'x'::"char" end)),
  constraint jobs_ended check ((ended_at is not null) = (state >= 'succeeded')),
  constraint jobs_held check ((held_for is not null) = (state = 'held')),
  constraint jobs_token check ((token is not null) = (state = 'running')),
  constraint jobs_admitted check (state in ('submitted', 'refused', 'canceled', 'expired') or (tier is not null and plan_hash is not null)),
  constraint jobs_cancel check (cancel_requested_at is null or state in ('running', 'canceled')),
  constraint jobs_money check (estimate_microusd >= 0 and ceiling_microusd >= estimate_microusd and paid = (ceiling_microusd > 0))
) partition by range (id);
comment on table public.jobs is 'One unit of work. Only the transition functions change it; each appends its event in the same transaction.';
create index jobs_submitted on public.jobs (venture, admit_at, id) where phase = 's';
create index jobs_ready on public.jobs (queue, venture, type, paid, run_at, id) include (dispatch_no) where phase = 'q';
create index jobs_waiting_for_person on public.jobs (phase, held_until, id) where phase in ('h', 'd', 'x');
create index jobs_inbox on public.jobs (held_until, id) where phase in ('h', 'd', 'x');
create index jobs_start_by on public.jobs (start_by) where start_by is not null and phase = 'q' and run_no = 0;

create table public.runs (
  job_id uuid not null,
  run_no int not null,
  venture public.venture_key not null,
  token bigint not null,
  worker_id uuid not null,
  request_id uuid not null,
  started_at timestamptz not null,
  lease_ms int not null,
  lease_until timestamptz not null,
  listed_at timestamptz not null,
  progress jsonb,
  ended_at timestamptz,
  outcome public.run_outcome,
  cause public.loss_cause,
  error_class public.error_class,
  error_message text,
  cost_microusd bigint not null default 0,
  log_bytes bigint not null default 0,
  log_sha256 text,
  primary key (job_id, run_no),
  constraint runs_outcome check ((outcome is not null) = (ended_at is not null)),
  constraint runs_lost check ((cause is not null) = (outcome is not distinct from 'lost')),
  constraint runs_failed check ((error_class is not null) = (outcome in ('failed')) or outcome is null)
) partition by range (job_id);
comment on table public.runs is 'One attempt at a job, by one worker process, under one lease. listed_at: when its worker last named it in a heartbeat.';
create index runs_open on public.runs (worker_id, job_id) where ended_at is null;

create table public.job_events (
  stream uuid not null,
  seq int not null,
  venture public.venture_key not null,
  type text not null,
  at timestamptz not null,
  body text not null,
  hash bytea not null,
  primary key (stream, seq)
) partition by range (stream);
comment on table public.job_events is 'Immutable facts about jobs, numbered without gaps; hash(n) = sha256(hash(n-1) || body), hash(0) = sha256(''holdpoint/1/'' || stream).';

create table public.venture_events (
  stream uuid not null,
  seq int not null,
  venture public.venture_key not null references public.ventures (key),
  type text not null,
  at timestamptz not null,
  body text not null,
  hash bytea not null,
  primary key (stream, seq)
);
comment on table public.venture_events is 'Immutable facts without a job (stops, limits, operators), same columns and rules as job_events. Never dropped.';

create table holdpoint.stream_heads (
  stream uuid primary key,
  venture public.venture_key not null,
  seq int not null,
  hash bytea not null,
  month date not null
);
create index stream_heads_month on holdpoint.stream_heads (month, stream);
comment on table holdpoint.stream_heads is 'The last hash of each job whose month was dropped, or is about to be.';

create table holdpoint.idempotency_keys (
  venture public.venture_key not null,
  key text collate "C" not null check (length(key) between 1 and 200),
  job_id uuid not null,
  request_sha256 bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (venture, key)
);
comment on table holdpoint.idempotency_keys is 'Outlives the job, so that a repeated submit is answered with the first job.';

create table holdpoint.feed (
  epoch int not null,
  xid xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity (cache 50),
  streams uuid[] not null,
  seqs int[] not null,
  ventures text[] not null,
  primary key (epoch, xid, id),
  constraint feed_parallel check (cardinality(streams) = cardinality(seqs) and cardinality(streams) = cardinality(ventures))
);
alter table holdpoint.feed set (toast_tuple_target = 8160);
alter table holdpoint.feed alter streams set storage external, alter seqs set storage external, alter ventures set storage external;
comment on table holdpoint.feed is 'One row per call: which events it wrote. Read in (xid, id) order below the snapshot''s xmin, so nothing appears behind a served position.';

create table holdpoint.checkpoints (
  no bigint primary key,
  epoch int not null,
  up_to_xid xid8 not null,
  streams int not null check (streams > 0),
  root bytea not null,
  sealed_at timestamptz not null,
  hash bytea not null
);
comment on table holdpoint.checkpoints is 'root: Merkle root (RFC 6962) over the heads of all streams that moved since the last one, by id. hash = sha256(previous hash || no || epoch || up_to || streams || sealed_at || root). Anchored outside the database by the sealing duty.';

create index checkpoints_sealed_at on holdpoint.checkpoints (sealed_at);

create table holdpoint.sealed_heads (
  no bigint not null,
  part int not null,
  first uuid not null,
  last uuid not null,
  heads bytea not null,
  primary key (no, part)
);
alter table holdpoint.sealed_heads alter heads set storage external;
comment on table holdpoint.sealed_heads is 'The leaves of each checkpoint, 52 bytes each (stream, number, hash) in the order of the streams, a thousand in a row. Kept for ever: they say what a stream was when its month has been dropped.';

-- Plans, decisions, blocks, limits, money ------------------------------------------------------------------------

create table public.plans (
  job_id uuid not null,
  plan_no int not null,
  venture public.venture_key not null,
  hash bytea not null,
  body text not null,
  facts jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (job_id, plan_no)
);
comment on table public.plans is 'Exactly what an approval is for: canonical JSON (RFC 8785) and its sha256, kept for each job that a person must decide or whose references were resolved. plan_no n replaces n-1.';

create table public.decisions (
  id uuid primary key,
  job_id uuid not null,
  venture public.venture_key not null,
  verb public.decision_verb not null,
  plan_hash bytea,
  form_hash bytea,
  form jsonb,
  by_user uuid not null,
  by_email text not null,
  reason text,
  undoes uuid references public.decisions (id),
  -- Where two people must approve: the first one's approval, on the second one's row.
  completes uuid references public.decisions (id),
  -- The standing approval that it is a use of.
  standing_id uuid,
  job_type public.type_name not null,
  waited_ms bigint not null,
  run_no int not null,
  -- The retries that the job had used: an approval is not for a counted retry unless its requirement says so.
  retries_used int not null,
  expires_at timestamptz,
  at timestamptz not null
);
comment on table public.decisions is 'A person''s answer. Rows are never edited; an undo is a row of its own. waited_ms: how long the job had waited for it.';
create index decisions_job on public.decisions (job_id, at);
create index decisions_recent on public.decisions (venture, at);
create index decisions_by on public.decisions (by_user, at);

create table public.blocks (
  id uuid primary key,
  scope public.block_scope not null,
  key text collate "C" not null,
  kind public.block_kind not null,
  venture public.venture_key not null references public.ventures (key),
  reason text not null,
  since timestamptz not null,
  effective_at timestamptz,
  wake_at timestamptz,
  by_kind text not null,
  by_id text not null,
  told_at timestamptz,
  -- Paid work is blocked as a whole (no key) or of one venture.
  constraint blocks_everything check (scope = 'paid' or (scope in ('everything', 'effects')) = (key = '')),
  constraint blocks_effective check (kind = 'stop' or effective_at is null)
);
comment on table public.blocks is 'What keeps lines from starting. A row is deleted when it is lifted; its events stay. venture: whose stream tells of it (fleet for wide scopes). told_at: a full cap''s, when its event and alert were written; null while it only waits for reservations to end.';
create unique index blocks_one on public.blocks (scope, key, kind) where kind <> 'stop';

create table public.limits (
  scope public.block_scope not null check (scope in ('venture', 'type', 'provider')),
  key text collate "C" not null,
  kind public.limit_kind not null,
  venture public.venture_key not null references public.ventures (key),
  max int not null check (max >= 0),
  in_use int not null default 0 check (in_use >= 0),
  -- Of a rate: max starts in so long, counted since window_at.
  per_ms int check (per_ms > 0),
  window_at timestamptz,
  primary key (scope, key, kind),
  constraint limits_rate check ((kind = 'rate') = (per_ms is not null) and (kind = 'rate') = (scope = 'provider'))
);
comment on table public.limits is 'in_use counts running jobs (concurrency of a venture or of a job type), or starts in the period that runs (rate of a provider); first starts are counted by minute in holdpoint.limit_usage. The row is the lock of both.';

create table holdpoint.limit_usage (
  scope public.block_scope not null,
  key text collate "C" not null,
  kind public.limit_kind not null,
  minute timestamptz not null,
  n int not null,
  primary key (scope, key, kind, minute)
);

create table public.caps (
  scope public.block_scope not null check (scope in ('everything', 'venture')),
  key text collate "C" not null,
  period public.cap_period not null,
  venture public.venture_key not null references public.ventures (key),
  cap_microusd bigint not null check (cap_microusd between 0 and 1000000000000000),
  threshold_microusd bigint check (threshold_microusd between 0 and cap_microusd),
  override_microusd bigint check (override_microusd between 0 and 1000000000000000),
  override_until timestamptz,
  override_by text,
  set_by text not null,
  set_at timestamptz not null default clock_timestamp(),
  primary key (scope, key, period),
  constraint caps_scope check ((scope = 'everything') = (key = '')),
  constraint caps_threshold check ((period = 'day') = (threshold_microusd is not null)),
  constraint caps_override check ((override_microusd is null) = (override_until is null) and (override_microusd is null) = (override_by is null))
);
comment on table public.caps is 'Hard caps of the fleet (scope everything) or a venture, a day or a week. A paid run needs one that covers it. The row is the lock of all that is spent under it. An override counts until override_until, by the database''s clock. Past the threshold of a day a paid run needs a decision.';

create table public.ledger_entries (
  id bigint generated always as identity,
  reason text not null check (reason in ('reserve', 'authorise', 'capture', 'settle', 'lose', 'correct')),
  venture public.venture_key not null,
  job_id uuid not null,
  run_no int not null,
  budget_microusd bigint not null,
  reserved_microusd bigint not null default 0,
  authorised_microusd bigint not null default 0,
  captured_microusd bigint not null default 0,
  overrun_microusd bigint not null default 0,
  day date not null,
  week date not null,
  at timestamptz not null default clock_timestamp(),
  primary key (job_id, id),
  constraint ledger_sums_to_zero check (budget_microusd + reserved_microusd + authorised_microusd + captured_microusd + overrun_microusd = 0)
);
comment on table public.ledger_entries is 'Double entry, append only: one row an entry, whose changes of the accounts sum to zero. Accounts of a venture and job: budget (where all comes from: its balance is what is committed, negative), reserved (set aside by the gate), authorised (an effect may cost it), captured (spent), overrun (spent above what was set aside). day and week: the periods of the reservation.';
create unique index ledger_venture on public.ledger_entries (venture, id);

create view public.ledger with (security_invoker = true) as
select e.id * 8 + a.no as id, e.id as entry, e.reason, a.account, e.venture, e.job_id, e.run_no, a.amount_microusd, e.day, e.week, e.at
from public.ledger_entries e cross join lateral (values (1, 'budget', e.budget_microusd), (2, 'reserved', e.reserved_microusd), (3, 'authorised', e.authorised_microusd),
  (4, 'captured', e.captured_microusd), (5, 'overrun', e.overrun_microusd)) a(no, account, amount_microusd)
where a.amount_microusd <> 0;
comment on view public.ledger is 'The ledger as bookkeepers read it: a row for each account that an entry changes. Seen by whoever sees the entry.';

-- What runs leave behind -----------------------------------------------------------------------------------------

create table public.steps (
  job_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  venture public.venture_key not null,
  run_no int not null,
  token bigint not null,
  result jsonb,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  primary key (job_id, name)
);
comment on table public.steps is 'Results that a later run reuses instead of doing the step again.';

create table public.effects (
  job_id uuid not null,
  key text not null check (length(key) between 1 and 200),
  venture public.venture_key not null,
  kind public.effect_kind not null,
  settle public.effect_settlement not null,
  run_no int not null,
  token bigint not null,
  max_microusd bigint not null default 0 check (max_microusd >= 0),
  not_after timestamptz not null,
  intent_at timestamptz not null,
  -- How long the provider tells a repeated key; null: it does not.
  dedupe_until timestamptz,
  -- The run whose reservation holds the authorisation of max_microusd.
  authorised_run int,
  tries int not null default 1,
  settled_at timestamptz,
  outcome text check (outcome in ('done', 'not_done')),
  unknown_at timestamptz,
  receipt jsonb,
  cost_microusd bigint,
  -- Only the intent was recorded: the job is a dry run.
  dry_run boolean not null default false,
  primary key (job_id, key),
  constraint effects_outcome check ((settled_at is null) = (outcome is null))
);
comment on table public.effects is 'An intent committed before a call outside, and its receipt. settled_at null: the outcome is not known yet; unknown_at: nobody could tell, a person must.';
create index effects_open on public.effects (not_after) where settled_at is null;

create table public.run_logs (
  job_id uuid not null,
  run_no int not null,
  chunk_no int not null,
  venture public.venture_key not null,
  at timestamptz not null,
  stream text not null check (stream in ('log', 'stdout', 'stderr', 'cut')),
  text text not null check (octet_length(text) <= 65536),
  primary key (job_id, run_no, chunk_no)
);
comment on table public.run_logs is 'Output of a run, in chunks. Freely pruned; the settling event keeps its length and sha256.';

create table public.artifacts (
  id uuid primary key,
  job_id uuid not null,
  run_no int not null,
  venture public.venture_key not null,
  name text not null,
  media_type text not null,
  bytes bigint not null check (bytes >= 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  path text not null,
  facts jsonb not null default '{}',
  created_at timestamptz not null,
  unique (job_id, run_no, name)
);
comment on table public.artifacts is 'Files a run kept. path is relative to the artifact store of the installation.';

create table public.evidence (
  id uuid primary key,
  venture public.venture_key not null references public.ventures (key),
  subject text not null,
  kind text not null,
  ok boolean not null,
  finding text not null,
  facts jsonb not null default '{}',
  source text not null,
  job_id uuid,
  run_no int,
  seen_at timestamptz not null,
  stale_at timestamptz not null,
  constraint evidence_lifetime check (stale_at > seen_at)
);
comment on table public.evidence is 'An observation with a source, a time and a lifetime; what a status label is computed from.';
create index evidence_latest on public.evidence (venture, subject, kind, seen_at desc);

create table public.tasks (
  id uuid primary key,
  queue public.task_queue not null,
  venture public.venture_key not null,
  job_id uuid,
  subject jsonb not null,
  due_at timestamptz not null,
  created_at timestamptz not null,
  done_at timestamptz,
  result jsonb
);
comment on table public.tasks is 'Follow-up work for the five task queues, written in the transition that causes it. Consumers are idempotent by id.';
create index tasks_due on public.tasks (queue, due_at, id) where done_at is null;

create table public.alerts (
  id uuid primary key,
  venture public.venture_key not null,
  kind text not null,
  title text not null,
  job_id uuid,
  at timestamptz not null,
  delivered jsonb not null default '{}'
);
comment on table public.alerts is 'What an operator must hear of, and which enabled channels it reached.';
create index alerts_recent on public.alerts (venture, at);

create table holdpoint.previews (
  id uuid primary key,
  by_user uuid not null,
  venture public.venture_key not null,
  request jsonb not null,
  asked_at timestamptz not null,
  answered_at timestamptz,
  answer jsonb
);
comment on table holdpoint.previews is 'Questions of "what would admission decide?" and the answers. Binds nothing; pruned after an hour.';
create index previews_open on holdpoint.previews (asked_at) where answered_at is null;

create sequence holdpoint.token_seq as bigint;
