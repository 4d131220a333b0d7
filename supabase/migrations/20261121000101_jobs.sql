-- Holdpoint, part 1.1: jobs, runs and events, partitioned by month of the job id; the feed, and what seals them.

-- The rules of several columns stand in functions, because PostgreSQL parses the text of each check anew in every statement
-- that writes to the table: as plain expressions these were a third of what a settle of one job costs.
create function holdpoint.fits_state(p_state public.job_state, p_phase "char", p_ended_at timestamptz, p_held_for public.held_reason, p_token bigint,
  p_tier public.retry_tier, p_plan_hash bytea, p_cancel_requested_at timestamptz, p_estimate_microusd bigint, p_ceiling_microusd bigint, p_paid boolean)
returns boolean language plpgsql immutable parallel safe as $$
begin
  return p_phase is not distinct from holdpoint.phase_of(p_state)
    and (p_ended_at is not null) = (p_state >= 'succeeded')
    and (p_held_for is not null) = (p_state = 'held')
    and (p_token is not null) = (p_state = 'running')
    and (p_state in ('submitted', 'refused', 'canceled', 'expired') or (p_tier is not null and p_plan_hash is not null))
    and (p_cancel_requested_at is null or p_state in ('running', 'canceled'))
    and p_estimate_microusd >= 0 and p_ceiling_microusd >= p_estimate_microusd and p_paid = (p_ceiling_microusd > 0);
end $$;
comment on function holdpoint.fits_state(public.job_state, "char", timestamptz, public.held_reason, bigint, public.retry_tier, bytea, timestamptz, bigint, bigint, boolean) is
  'Does a job''s row have what its state asks for, and nothing else: its phase, an end once it has ended, a reason while held, a token while it runs, a tier and a plan once admitted, a request to cancel only where it can be; and is its money in order?';

-- Ids ascend, so the pages of an index are filled once; each row gets a second entry or more later. Room for those (fillfactor)
-- saves splitting the pages.
--
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
  primary key (id) with (fillfactor = 45),
  constraint jobs_state check (holdpoint.fits_state(state, phase, ended_at, held_for, token, tier, plan_hash, cancel_requested_at, estimate_microusd, ceiling_microusd, paid))
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
  primary key (job_id, run_no) with (fillfactor = 45),
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
  primary key (stream, seq) with (fillfactor = 45)
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
  -- At most 200 characters; counting them for each job costs more than counting bytes.
  key text collate "C" not null check (octet_length(key) between 1 and 800),
  job_id uuid not null,
  request_sha256 bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  -- The key first: it alone tells nearly all rows apart.
  primary key (key, venture)
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
