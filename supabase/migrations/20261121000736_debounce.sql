-- Holdpoint, part 7.3.6: debounce. Of triggers that come in quick succession one job is made, with the payload of the last.
-- It stays submitted until its time has come, so it is admitted once, for what it will run with. A trigger that finds it
-- admitted but not started takes it back to admission; one that finds it started makes a new job. Lock order: the
-- debounce's row, then jobs; nobody who holds a job asks for a debounce.

create table holdpoint.debounces (
  venture public.venture_key not null,
  type public.type_name not null,
  key text collate "C" not null,
  job_id uuid,
  first_at timestamptz not null default clock_timestamp(),
  primary key (venture, type, key)
);
alter table holdpoint.debounces enable row level security;
comment on table holdpoint.debounces is 'The job that further triggers of a key replace the payload of, while it has not started; and when its first trigger came.';

create function holdpoint.debounce_of(p_request jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare v jsonb := p_request -> 'debounce';
begin
  if coalesce(jsonb_typeof(v), 'null') = 'null' then return null; end if;
  perform holdpoint.only_fields(v, array['key', 'delay_ms', 'max_delay_ms']);
  if p_request ?| array['key', 'run_at', 'in_ms', 'start_by', 'end_by'] then
    perform holdpoint.fail(400, 'bad_field', 'A debounced job has no time, deadline or idempotency key of its own.', 'debounce', 'Leave out key, run_at, in_ms, start_by and end_by.');
  end if;
  if coalesce(jsonb_typeof(v -> 'key'), 'null') not in ('string', 'null') or length(v ->> 'key') > 200 then
    perform holdpoint.fail(400, 'bad_field', 'A debounce key has at most 200 characters.', 'debounce.key');
  end if;
  if jsonb_typeof(v -> 'delay_ms') is distinct from 'number' or (v ->> 'delay_ms') !~ '^[1-9]\d{0,9}$' then
    perform holdpoint.fail(400, 'bad_field', 'The field "delay_ms" must be a whole number of milliseconds from 1.', 'debounce.delay_ms', 'E.g. 5000 for five seconds.');
  end if;
  if v ->> 'max_delay_ms' is not null and (jsonb_typeof(v -> 'max_delay_ms') <> 'number' or (v ->> 'max_delay_ms') !~ '^\d{1,11}$' or (v ->> 'max_delay_ms')::bigint < (v ->> 'delay_ms')::bigint) then
    perform holdpoint.fail(400, 'bad_field', 'The field "max_delay_ms" must be a whole number of milliseconds, at least the delay.', 'debounce.max_delay_ms');
  end if;
  return jsonb_build_object('key', coalesce(v ->> 'key', ''), 'delay_ms', (v ->> 'delay_ms')::bigint, 'max_delay_ms', coalesce((v ->> 'max_delay_ms')::bigint, 10 * (v ->> 'delay_ms')::bigint));
end $$;
comment on function holdpoint.debounce_of(jsonb) is 'The debounce of a submit request {key?, delay_ms, max_delay_ms? (else ten times the delay)}, checked; null: none.';

create function holdpoint.lock_debounce(p_venture text, p_type text, p_key text) returns holdpoint.debounces
language plpgsql volatile set search_path = '' as $$
declare v holdpoint.debounces;
begin
  loop
    select * into v from holdpoint.debounces d where d.venture = p_venture and d.type = p_type and d.key = p_key for update;
    if found then return v; end if;
    insert into holdpoint.debounces (venture, type, key) values (p_venture, p_type, p_key) on conflict do nothing;
  end loop;
end $$;
comment on function holdpoint.lock_debounce(text, text, text) is 'The row of a debounce, made when it is not there, locked.';

create function holdpoint.replace_payload(p_debounce holdpoint.debounces, p_spec jsonb, p_payload jsonb, p_urgent boolean, p_actor_id text) returns timestamptz
language plpgsql volatile set search_path = '' as $$
declare v_job public.jobs; v_now timestamptz; v_at timestamptz; v_seq int;
begin
  select * into v_job from public.jobs j where j.id = p_debounce.job_id and j.state in ('submitted', 'queued', 'held') and j.run_no = 0 for no key update;
  if not found then return null; end if;
  v_now := greatest(clock_timestamp(), v_job.updated_at);
  v_at := least(v_now + make_interval(secs => (p_spec ->> 'delay_ms')::bigint / 1000.0),
    greatest(v_now, p_debounce.first_at + make_interval(secs => (p_spec ->> 'max_delay_ms')::bigint / 1000.0)));
  update public.jobs j set payload = p_payload, submitted_by_kind = 'operator', submitted_by_id = p_actor_id, urgent = j.urgent or p_urgent, run_at = v_at, state = 'submitted', phase = 's', admit_at = v_at, admit_tries = 0, reason = null,
    held_for = null, held_until = null, decision_id = null, decided_from = null, slots = null, waits_for = null
  where j.id = v_job.id;
  if v_job.concurrency_key is not null then perform holdpoint.leave_keys(array[v_job.id], 'operator', p_actor_id); end if;
  v_seq := holdpoint.append_job_event(v_job.id, case v_job.state when 'submitted' then 'debounced' else 'readmitted' end, 'operator', p_actor_id, null,
    jsonb_build_object('reason', 'debounced', 'payload', encode(sha256(convert_to(p_payload::text, 'UTF8')), 'hex'), 'run_at', holdpoint.micros(v_at)), v_now);
  perform holdpoint.append_feed(array[v_job.id], array[v_seq], array[v_job.venture::text]);
  return v_at;
end $$;
comment on function holdpoint.replace_payload(holdpoint.debounces, jsonb, jsonb, boolean, text) is
  'A further trigger: the job that has not started gets this payload and a later time, within the maximum delay, and is admitted anew then, as a request of whoever sent this one; an approval of the old payload is void. Null: there is none. The caller holds the debounce''s row.';

create function holdpoint.submit_debounced(p_spec jsonb, p_venture text, p_type text, p_payload jsonb, p_urgent boolean, p_actor_id text) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare v holdpoint.debounces; v_id uuid; v_at timestamptz; v_now timestamptz;
begin
  perform holdpoint.require_venture(p_venture);
  v := holdpoint.lock_debounce(p_venture, p_type, p_spec ->> 'key');
  -- The same checks as of a new job.
  if jsonb_typeof(p_payload) is distinct from 'object' or octet_length(p_payload::text) > 262144 then
    perform holdpoint.fail(400, 'bad_payload', 'A payload must be a JSON object of at most 256 kB.', 'payload', 'Pass an object; put large data in an artifact and refer to it.');
  end if;
  v_at := holdpoint.replace_payload(v, p_spec, p_payload, p_urgent, p_actor_id);
  if v_at is not null then
    return jsonb_build_object('id', v.job_id, 'state', 'submitted', 'repeated', false, 'debounced', true, 'run_at', v_at);
  end if;
  v_now := clock_timestamp();
  v_at := v_now + make_interval(secs => (p_spec ->> 'delay_ms')::bigint / 1000.0);
  select i.id into v_id from holdpoint.insert_jobs('operator', p_actor_id, p_venture, p_type, array[p_payload], null, array[v_at], p_urgent, null, null) i;
  update public.jobs j set admit_at = v_at where j.id = v_id;
  update holdpoint.debounces d set job_id = v_id, first_at = v_now where d.venture = v.venture and d.type = v.type and d.key = v.key;
  return jsonb_build_object('id', v_id, 'state', 'submitted', 'repeated', false, 'debounced', false, 'run_at', v_at);
end $$;
comment on function holdpoint.submit_debounced(jsonb, text, text, jsonb, boolean, text) is
  'One trigger: replaces the payload of the job that waits for more of them, or makes it. {id, state, repeated, debounced: it replaced, run_at}.';

create function holdpoint.prune_debounces() returns int
language plpgsql volatile set search_path = '' as $$
declare v_count int;
begin
  delete from holdpoint.debounces d where d.first_at < clock_timestamp() - interval '1 day'
    and not exists (select 1 from public.jobs j where j.id = d.job_id and j.state in ('submitted', 'queued', 'held'));
  get diagnostics v_count = row_count;
  return v_count;
end $$;
comment on function holdpoint.prune_debounces() is 'Forgets debounces of a day ago whose job has started or ended.';
