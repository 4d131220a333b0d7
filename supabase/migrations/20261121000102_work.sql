-- Holdpoint, part 1.2: plans and decisions, blocks and limits, money; and what runs leave behind.

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

create function holdpoint.fits_limit(p_scope public.block_scope, p_kind public.limit_kind, p_max int, p_in_use int, p_per_ms int)
returns boolean language plpgsql immutable parallel safe as $$
begin
  return p_scope in ('venture', 'type', 'provider') and p_max >= 0 and p_in_use >= 0 and (p_per_ms is null or p_per_ms > 0)
    and (p_kind = 'rate') = (p_per_ms is not null) and (p_kind = 'rate') = (p_scope = 'provider');
end $$;
comment on function holdpoint.fits_limit(public.block_scope, public.limit_kind, int, int, int) is
  'Is a limit of something that limits are of, counted from zero up, with a period where it is a rate and only there? In a function for its speed, as fits_state().';

create table public.limits (
  scope public.block_scope not null,
  key text collate "C" not null,
  kind public.limit_kind not null,
  venture public.venture_key not null references public.ventures (key),
  max int not null,
  in_use int not null default 0,
  -- Of a rate: max starts in so long, counted since window_at.
  per_ms int,
  window_at timestamptz,
  primary key (scope, key, kind),
  constraint limits_kind check (holdpoint.fits_limit(scope, kind, max, in_use, per_ms))
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

create type holdpoint.periods as (zone text, day date, week date, day_ends timestamptz, week_ends timestamptz);
comment on type holdpoint.periods is 'A day and its week in settings.time_zone, and when they end: what caps and reservations are counted in.';

create type holdpoint.overrun as (venture public.venture_key, job_id uuid, run_no int, day date, week date, "left" bigint, overrun bigint);
comment on type holdpoint.overrun is 'A run that cost more than it had left: all of that is captured, and so much more is overrun.';

create type holdpoint.returned as (reason text, ventures text[], days date[], weeks date[], "left" bigint[], captured bigint[], overrun bigint[], over holdpoint.overrun[]);
comment on type holdpoint.returned is 'What end_reservations() changed on the runs'' own rows and book_returned() still has to book: sums per venture and period, and each run that cost too much.';
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
