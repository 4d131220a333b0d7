-- Holdpoint, part 2: ids, errors, events, feed, partitions, and who may see what.

-- Ids and errors ---------------------------------------------------------------------------------------------------

create function holdpoint.new_id() returns uuid
language sql volatile as $$
  select (overlay(lpad(to_hex((date_part('epoch', clock_timestamp()) * 4096000)::bigint), 15, '0') placing '7' from 13 for 0)
    || substr(gen_random_uuid()::text, 20))::uuid
$$;
comment on function holdpoint.new_id() is
  'UUIDv7 (RFC 9562, method 3): 48 bits of milliseconds, 12 of their fraction, then random. Ids of one batch ascend, so that they go side by side into the indexes. PostgreSQL 15 and 17 have no uuidv7().';

create function holdpoint.new_ids(p_count int) returns uuid[]
language plpgsql volatile set search_path = '' set plan_cache_mode = force_generic_plan as $$
begin
  return (
    select array_agg(encode(b.head || substring(int4send(b.start + n) from 2), 'hex')::uuid order by n)
    from (select substring(uuid_send(holdpoint.new_id()) from 1 for 13) as head, (random() * 8388607)::int as start offset 0) b, generate_series(1, p_count) n
  );
end $$;
comment on function holdpoint.new_ids(int) is
  'Ids of one batch, ascending: one time, one random part and a counter with a random start in the last 24 bits (RFC 9562, 6.2, method 1), so that only one of them costs random bytes. Up to 8 million.';

create function holdpoint.month_floor(p_month date) returns uuid
language sql immutable set search_path = '' as $$
  select encode(substring(int8send((extract(epoch from p_month::timestamp at time zone 'UTC') * 1000)::bigint) from 3)
    || '\x00000000000000000000'::bytea, 'hex')::uuid
$$;
comment on function holdpoint.month_floor(date) is 'The smallest UUIDv7 of a month (UTC): a partition bound.';

create function holdpoint.fail(p_status int, p_reason text, p_message text, p_field text default null, p_remedy text default null)
returns void language plpgsql set search_path = '' as $$
begin
  raise exception using
    errcode = 'PT' || p_status,
    message = p_message,
    hint = coalesce(p_remedy, ''),
    detail = json_strip_nulls(json_build_object(
      'code', case p_status when 400 then 'invalid' when 401 then 'unauthenticated' when 403 then 'forbidden' when 404 then 'not_found'
        when 409 then 'conflict' when 422 then 'refused' when 503 then 'unavailable' else 'internal' end,
      'reason', p_reason, 'message', p_message, 'field', p_field, 'remedy', p_remedy))::text;
end $$;
comment on function holdpoint.fail(int, text, text, text, text) is 'Raises PT<status> with the error shape {code, reason, message, field?, remedy?} as detail.';

create function holdpoint.control_lock() returns bigint language sql immutable as $$ select 7263450913 $$;
comment on function holdpoint.control_lock() is 'Advisory lock: shared by every runtime call, exclusive in confirm_stop. First in the lock order.';

create function holdpoint.micros(p_at timestamptz) returns bigint language sql stable as $$
  select (extract(epoch from p_at) * 1000000)::bigint
$$;
comment on function holdpoint.micros(timestamptz) is 'A time as integer microseconds since 1970, as events have it.';

create function holdpoint.phase_of(p_state public.job_state) returns "char" language sql immutable as $$
  select case p_state when 'submitted' then 's'::"char" when 'queued' then 'q'::"char" when 'held' then 'h'::"char" when 'dead' then 'd'::"char" when 'quarantined' then 'x'::"char" end
$$;
comment on function holdpoint.phase_of(public.job_state) is 'What a job in this state has in jobs.phase: null when it runs or has ended.';

-- Events -----------------------------------------------------------------------------------------------------------

create function holdpoint.event_body(
  p_stream uuid, p_seq int, p_type text, p_at bigint, p_actor_kind text, p_actor_id text, p_run text, p_data text)
returns text language sql stable as $$
  select '{"v":1,"stream":"' || p_stream::text || '","seq":' || p_seq::text || ',"type":"' || p_type || '","at":' || p_at::text
    || ',"actor":{"kind":"' || p_actor_kind || '","id":' || to_json(p_actor_id)::text || '},"run":' || p_run || ',"data":' || p_data || '}'
$$;
comment on function holdpoint.event_body(uuid, int, text, bigint, text, text, text, text) is
  'The bytes that are hashed: v, stream, seq, type, at (microseconds), actor, run (number or null), data, in this order. One expression, stable and without settings, so that the planner inlines it (to_json is stable: an immutable wrapper would not be inlined).';

create function holdpoint.event_middle(p_at timestamptz, p_actor_kind text, p_actor_id text) returns text language sql stable as $$
  select '","at":' || holdpoint.micros(p_at)::text || ',"actor":{"kind":"' || p_actor_kind || '","id":' || to_json(p_actor_id)::text || '},"run":'
$$;
comment on function holdpoint.event_middle(timestamptz, text, text) is
  'The part of event_body() between type and run number. It is the same for all events of a call, so the batch functions make it once and write the rest around it.';

create function holdpoint.first_hash(p_stream uuid) returns bytea language sql stable as $$
  select sha256(convert_to('holdpoint/1/' || p_stream::text, 'UTF8'))
$$;
comment on function holdpoint.first_hash(uuid) is 'What a stream''s first event is hashed with.';

create function holdpoint.next_hash(p_head bytea, p_body text) returns bytea language sql stable as $$
  select sha256(p_head || convert_to(p_body, 'UTF8'))
$$;
comment on function holdpoint.next_hash(bytea, text) is 'The hash of an event: of the one before it and the bytes of its body.';

create function holdpoint.append_feed(p_streams uuid[], p_seqs int[], p_ventures text[]) returns void
language sql volatile set search_path = '' as $$
  insert into holdpoint.feed (epoch, streams, seqs, ventures)
  select i.epoch, p_streams, p_seqs, p_ventures from holdpoint.installation i where cardinality(p_streams) > 0
$$;
comment on function holdpoint.append_feed(uuid[], int[], text[]) is 'One feed row for what this call wrote. Last in the lock order.';

create function holdpoint.append_job_event(p_job uuid, p_type text, p_actor_kind text, p_actor_id text, p_run int, p_data jsonb, p_at timestamptz)
returns int language plpgsql volatile set search_path = '' as $$
declare v_seq int; v_venture text; v_hash bytea; v_body text;
begin
  update public.jobs j set
    seq = j.seq + 1, updated_at = p_at,
    head = holdpoint.next_hash(j.head, holdpoint.event_body(j.id, j.seq + 1, p_type, holdpoint.micros(p_at), p_actor_kind, p_actor_id, coalesce(p_run::text, 'null'), p_data::text))
  where j.id = p_job
  returning j.seq, j.head, j.venture into strict v_seq, v_hash, v_venture;
  v_body := holdpoint.event_body(p_job, v_seq, p_type, holdpoint.micros(p_at), p_actor_kind, p_actor_id, coalesce(p_run::text, 'null'), p_data::text);
  insert into public.job_events (stream, seq, venture, type, at, body, hash) values (p_job, v_seq, v_venture, p_type, p_at, v_body, v_hash);
  return v_seq;
end $$;
comment on function holdpoint.append_job_event(uuid, text, text, text, int, jsonb, timestamptz) is
  'Appends one event to a job''s stream and moves its head. The caller holds the job''s row lock, and adds the feed row itself.';

create function holdpoint.append_venture_event(p_venture text, p_type text, p_actor_kind text, p_actor_id text, p_data jsonb, p_at timestamptz)
returns void language plpgsql volatile set search_path = '' as $$
declare v record; v_body text; v_hash bytea; v_at timestamptz;
begin
  select id, seq, head into strict v from public.ventures where key = p_venture for no key update;
  -- Another writer may have held the row: an event is never older than the one before it.
  v_at := greatest(p_at, clock_timestamp());
  v_body := holdpoint.event_body(v.id, v.seq + 1, p_type, holdpoint.micros(v_at), p_actor_kind, p_actor_id, 'null', p_data::text);
  v_hash := holdpoint.next_hash(v.head, v_body);
  update public.ventures set seq = v.seq + 1, head = v_hash where key = p_venture;
  insert into public.venture_events (stream, seq, venture, type, at, body, hash) values (v.id, v.seq + 1, p_venture, p_type, v_at, v_body, v_hash);
  perform holdpoint.append_feed(array[v.id], array[v.seq + 1], array[p_venture]);
end $$;
comment on function holdpoint.append_venture_event(text, text, text, text, jsonb, timestamptz) is
  'Appends one event to a venture''s stream, with its feed row. Locks the venture row: after jobs, runs, limits and blocks.';

create function holdpoint.verify_stream(p_stream uuid) returns table (seq int, ok boolean)
language sql stable set search_path = '' as $$
  select e.seq, e.hash = holdpoint.next_hash(coalesce(lag(e.hash) over (order by e.seq), holdpoint.first_hash(p_stream)), e.body)
    and e.seq = row_number() over (order by e.seq)
  from (select * from public.job_events where stream = p_stream union all select * from public.venture_events where stream = p_stream) e
$$;
comment on function holdpoint.verify_stream(uuid) is 'For each event of a stream: is its number the next one and its hash right?';

-- Partitions -------------------------------------------------------------------------------------------------------

create function holdpoint.ensure_partition(p_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_month date := date_trunc('month', p_at at time zone 'UTC')::date;
  v_suffix text := to_char(v_month, '"y"YYYY"m"MM');
  v_table text;
begin
  if to_regclass('holdpoint.job_events_' || v_suffix) is not null then return false; end if;
  perform pg_advisory_xact_lock(7263450914);
  if to_regclass('holdpoint.job_events_' || v_suffix) is not null then return false; end if;
  foreach v_table in array array['jobs', 'runs', 'job_events'] loop
    execute format('create table holdpoint.%I partition of public.%I for values from (%L) to (%L)', v_table || '_' || v_suffix, v_table,
      holdpoint.month_floor(v_month), holdpoint.month_floor((v_month + interval '1 month')::date));
    execute format('alter table holdpoint.%I enable row level security', v_table || '_' || v_suffix);
    execute format('revoke all on holdpoint.%I from public, anon, authenticated, service_role, holdpoint_worker, holdpoint_web', v_table || '_' || v_suffix);
  end loop;
  -- Half of each page is left to the next versions of its rows: filled by 60 and 80 % two thirds of the runs moved to another
  -- page at their end, and half-paid work took 5 % more CPU.
  -- Payloads are written once and rewritten by each transition unless they are kept out of line.
  execute format('alter table holdpoint.%I set (fillfactor = 50, toast_tuple_target = 256, autovacuum_vacuum_scale_factor = 0.05)', 'jobs_' || v_suffix);
  execute format('alter table holdpoint.%I alter column payload set storage external', 'jobs_' || v_suffix);
  execute format('alter table holdpoint.%I set (fillfactor = 50)', 'runs_' || v_suffix);
  return true;
end $$;
comment on function holdpoint.ensure_partition(timestamptz) is 'Makes the month''s partitions of jobs, runs and job_events if they are missing. True when it made them.';

-- Who may see what -------------------------------------------------------------------------------------------------

create function holdpoint.live_operator() returns uuid
language sql stable security definer set search_path = '' as $$
  select o.user_id from public.operators o
  join auth.sessions s on s.user_id = o.user_id
  where o.user_id = auth.uid() and o.active
    and s.id = nullif(auth.jwt() ->> 'session_id', '')::uuid
    and (s.not_after is null or s.not_after > now())
$$;
comment on function holdpoint.live_operator() is 'The signed-in operator, if active and the session still stands; else null. A revoked session sees nothing at once, though its token still verifies.';

create function holdpoint.my_ventures() returns setof text
language sql stable security definer set search_path = '' as $$
  select v.key::text from public.ventures v
  where exists (select 1 from public.memberships m where m.user_id = (select holdpoint.live_operator()) and m.venture in (v.key, 'fleet'))
$$;
comment on function holdpoint.my_ventures() is 'Keys of the ventures that the signed-in operator may see. A membership in fleet holds in every venture.';

create function holdpoint.role_in(p_venture text) returns public.operator_role
language sql stable security definer set search_path = '' as $$
  select max(m.role) from public.memberships m where m.user_id = (select holdpoint.live_operator()) and m.venture in (p_venture, 'fleet')
$$;
comment on function holdpoint.role_in(text) is 'The caller''s role in a venture, or by the fleet if that is higher; null without a live session or a role.';

create function holdpoint.require_role(p_venture text, p_role public.operator_role) returns public.operators
language plpgsql stable security definer set search_path = '' as $$
declare v_operator public.operators; v_role public.operator_role;
begin
  if auth.uid() is null then
    perform holdpoint.fail(401, 'not_signed_in', 'You are not signed in.', null, 'Sign in and repeat.');
  end if;
  select * into v_operator from public.operators where user_id = holdpoint.live_operator();
  if not found then
    perform holdpoint.fail(403, 'not_an_operator', 'This account is not an active operator, or its session has ended.', null, 'Sign in again, or ask an admin to add you.');
  end if;
  v_role := holdpoint.role_in(p_venture);
  if v_role is null and p_venture = 'fleet' then
    perform holdpoint.fail(403, 'role_too_low', 'This needs the role ' || p_role || ' in the whole fleet; yours are in single ventures.', null, 'Ask an admin of the fleet.');
  end if;
  if v_role is null then
    perform holdpoint.fail(404, 'unknown_venture', 'There is no venture "' || left(p_venture, 60) || '" that you can see.', 'venture', 'List them with: holdpoint venture list');
  end if;
  if v_role < p_role then
    perform holdpoint.fail(403, 'role_too_low', 'This needs the role ' || p_role || ' in ' || p_venture || '; yours is ' || v_role || '.', null, 'Ask an admin of ' || p_venture || '.');
  end if;
  return v_operator;
end $$;
comment on function holdpoint.require_role(text, public.operator_role) is 'The signed-in operator when it has at least that role in the venture. Errors: 401 not_signed_in, 403 not_an_operator, 404 unknown_venture, 403 role_too_low.';

-- Row-level security: on everywhere; people read, and write only through functions -----------------------------------

do $$
declare v_table record;
begin
  for v_table in select schemaname, tablename from pg_tables where schemaname in ('public', 'holdpoint') and tablename <> 'migration_hashes' loop
    execute format('alter table %I.%I enable row level security', v_table.schemaname, v_table.tablename);
  end loop;
  for v_table in select unnest(array['jobs', 'runs', 'job_events', 'venture_events', 'plans', 'decisions', 'limits', 'caps', 'ledger_entries', 'evidence',
      'artifacts', 'run_logs', 'steps', 'effects', 'tasks', 'alerts']) as tablename loop
    execute format('create policy members_read on public.%I for select to authenticated using (venture in (select holdpoint.my_ventures()))', v_table.tablename);
  end loop;
  for v_table in select unnest(array['settings', 'retry_tiers', 'job_types', 'workers', 'duties']) as tablename loop
    execute format('create policy operators_read on public.%I for select to authenticated using ((select holdpoint.live_operator()) is not null)', v_table.tablename);
  end loop;
end $$;
create policy members_read on public.ventures for select to authenticated using (key in (select holdpoint.my_ventures()));
-- What blocks work of everybody is shown to everybody.
create policy operators_read on public.blocks for select to authenticated
  using ((select holdpoint.live_operator()) is not null and ((scope <> 'venture' and (scope <> 'paid' or key = '')) or venture in (select holdpoint.my_ventures())));
create policy self_or_admin_read on public.operators for select to authenticated
  using (user_id = (select holdpoint.live_operator()) or (select holdpoint.role_in('fleet')) = 'admin');
create policy self_or_admin_read on public.memberships for select to authenticated
  using (user_id = (select holdpoint.live_operator()) or (select holdpoint.role_in('fleet')) = 'admin');

-- First rows -------------------------------------------------------------------------------------------------------

insert into public.retry_tiers (tier, retries, backoff, base_ms, max_ms, retries_by_itself) values
  ('small', 3, 'exponential', 10000, 600000, true),
  ('medium', 2, 'exponential', 30000, 1800000, true),
  ('large', 1, 'linear', 300000, 3600000, false),
  ('approval_required', 0, 'none', 0, 0, false);
insert into public.settings default values;
insert into holdpoint.janitor default values;
insert into holdpoint.installation (system_identifier, timeline)
  select (select system_identifier::text from pg_control_system()), (select timeline_id from pg_control_checkpoint());
insert into public.ventures (key, id, name, trusted, head)
  select 'fleet', i.id, 'Fleet', true, holdpoint.first_hash(i.id) from (select holdpoint.new_id() as id) i;
insert into public.limits (scope, key, kind, venture, max) values ('venture', 'fleet', 'concurrency', 'fleet', 3);
select holdpoint.ensure_partition(now()), holdpoint.ensure_partition(now() + interval '1 month');
