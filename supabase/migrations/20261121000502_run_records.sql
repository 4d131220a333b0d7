-- Holdpoint, part 5.2: what a run records while it holds its lease.

create function holdpoint.require_lease(p_worker uuid, p_key text, p_job uuid, p_token bigint, p_unexpired boolean) returns public.runs
language plpgsql volatile set search_path = '' as $$
declare v_run public.runs; v_worker public.workers; v_job public.jobs;
begin
  v_worker := holdpoint.check_worker(p_worker, p_key);
  select * into v_job from public.jobs j where j.id = p_job and j.state = 'running' and j.token = p_token for no key update;
  if found then
    select * into v_run from public.runs r where r.job_id = p_job and r.run_no = v_job.run_no and r.worker_id = p_worker and r.ended_at is null for no key update;
  end if;
  if v_run.job_id is null then
    perform holdpoint.fail(409, 'lease_lost', 'This run no longer holds the lease of job ' || p_job || '.', null, 'Stop the run; another one may be under way.');
  end if;
  if p_unexpired and v_run.lease_until < clock_timestamp() then
    perform holdpoint.fail(409, 'lease_expired', 'The lease of job ' || p_job || ' has run out.', null, 'Stop the run.');
  end if;
  if p_unexpired and v_worker.killed_at is not null then
    perform holdpoint.fail(409, 'worker_killed', 'An admin killed the worker that runs job ' || p_job || '.', null, 'Stop the run; it is queued again.');
  end if;
  if p_unexpired and exists (select 1 from public.blocks b where b.kind = 'stop') and holdpoint.stopped(v_worker, v_job.venture, v_job.type, v_job.queue, v_job.paid) then
    perform holdpoint.fail(409, 'stopped', 'A stop covers job ' || p_job || '.', null, 'Stop the run; it is queued again when the stop is lifted.');
  end if;
  return v_run;
end $$;
comment on function holdpoint.require_lease(uuid, text, uuid, bigint, boolean) is
  'The caller''s open run under this token, its job row and run row locked. 409 lease_lost; with p_unexpired also 409 lease_expired, worker_killed and stopped.';

create function holdpoint.save_steps(p_worker uuid, p_key text, p_job uuid, p_token bigint, p_names text[], p_results jsonb[], p_started timestamptz[]) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare v_run public.runs; v_seq int; v_now timestamptz;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_run := holdpoint.require_lease(p_worker, p_key, p_job, p_token, true);
  v_now := clock_timestamp();
  insert into public.steps (job_id, name, venture, run_no, token, result, started_at, ended_at)
  select p_job, u.name, v_run.venture, v_run.run_no, p_token, u.result, coalesce(u.started, v_now), v_now from unnest(p_names, p_results, p_started) u(name, result, started)
  on conflict (job_id, name) do nothing;
  v_seq := holdpoint.append_job_event(p_job, 'step', 'worker', p_worker::text, v_run.run_no, jsonb_build_object('names', p_names, 'sha256', array(
    select encode(sha256(convert_to(coalesce(s.result, 'null')::text, 'UTF8')), 'hex')
    from unnest(p_names) with ordinality u(name, n) join public.steps s on s.job_id = p_job and s.name = u.name order by u.n)), v_now);
  perform holdpoint.append_feed(array[p_job], array[v_seq], array[v_run.venture::text]);
end $$;
comment on function holdpoint.save_steps(uuid, text, uuid, bigint, text[], jsonb[], timestamptz[]) is
  'Records results of steps under a lease that has not run out. The first result of a name stays. 409 lease_lost, lease_expired, stopped.';

create function holdpoint.read_steps(p_worker uuid, p_key text, p_job uuid, p_token bigint) returns table (name text, result jsonb)
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform holdpoint.require_lease(p_worker, p_key, p_job, p_token, false);
  return query select s.name, s.result from public.steps s where s.job_id = p_job order by s.ended_at, s.name;
end $$;
comment on function holdpoint.read_steps(uuid, text, uuid, bigint) is 'Results of the job''s finished steps, for a run under a live lease. 409 lease_lost, lease_expired.';

create function holdpoint.write_logs(p_worker uuid, p_key text, p_job_ids uuid[], p_tokens bigint[], p_chunk_nos int[], p_streams text[], p_texts text[]) returns int
language plpgsql volatile security definer set search_path = '' as $$
declare v_count int;
begin
  perform holdpoint.check_worker(p_worker, p_key);
  insert into public.run_logs (job_id, run_no, chunk_no, venture, at, stream, text)
  select r.job_id, r.run_no, u.chunk, r.venture, clock_timestamp(), u.stream, u.text
  from unnest(p_job_ids, p_tokens, p_chunk_nos, p_streams, p_texts) u(id, tok, chunk, stream, text)
  join public.runs r on r.job_id = u.id and r.token = u.tok and r.worker_id = p_worker and r.ended_at is null
  on conflict do nothing;
  get diagnostics v_count = row_count;
  return v_count;
end $$;
comment on function holdpoint.write_logs(uuid, text, uuid[], bigint[], int[], text[], text[]) is
  'Appends output chunks of open runs of this process; a chunk number that is there already is left. Chunks of ended runs are dropped. Returns how many it wrote.';

create function holdpoint.save_artifact(p_worker uuid, p_key text, p_job uuid, p_token bigint, p_name text, p_media_type text, p_bytes bigint, p_sha256 text, p_path text, p_facts jsonb)
returns uuid language plpgsql volatile security definer set search_path = '' as $$
declare v_run public.runs; v_id uuid := holdpoint.new_id(); v_now timestamptz; v_seq int;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_run := holdpoint.require_lease(p_worker, p_key, p_job, p_token, true);
  v_now := clock_timestamp();
  insert into public.artifacts (id, job_id, run_no, venture, name, media_type, bytes, sha256, path, facts, created_at)
  values (v_id, p_job, v_run.run_no, v_run.venture, p_name, p_media_type, p_bytes, p_sha256, p_path, coalesce(p_facts, '{}'), v_now)
  on conflict (job_id, run_no, name) do update set bytes = excluded.bytes, sha256 = excluded.sha256, path = excluded.path, facts = excluded.facts
  returning id into v_id;
  v_seq := holdpoint.append_job_event(p_job, 'artifact', 'worker', p_worker::text, v_run.run_no, jsonb_build_object('name', p_name, 'bytes', p_bytes, 'sha256', p_sha256), v_now);
  perform holdpoint.append_feed(array[p_job], array[v_seq], array[v_run.venture::text]);
  return v_id;
end $$;
comment on function holdpoint.save_artifact(uuid, text, uuid, bigint, text, text, bigint, text, text, jsonb) is 'Records a kept file under a live lease. 409 lease_lost, lease_expired, stopped.';

create function holdpoint.evidence_text(p public.evidence) returns text language sql stable as $$
  select jsonb_build_array(p.subject, p.kind, p.ok, p.finding, p.facts, holdpoint.micros(p.seen_at), holdpoint.micros(p.stale_at))::text
$$;
comment on function holdpoint.evidence_text(public.evidence) is 'The bytes of an observation whose sha256 its event carries.';

create function holdpoint.save_evidence(p_worker uuid, p_key text, p_job uuid, p_token bigint, p_venture text, p_items jsonb) returns int
language plpgsql volatile security definer set search_path = '' as $$
declare v_run public.runs; v_now timestamptz; v_count int; v_worker public.workers; v_seq int; v_hashes jsonb;
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_worker := holdpoint.check_worker(p_worker, p_key);
  if p_job is not null then
    v_run := holdpoint.require_lease(p_worker, p_key, p_job, p_token, true);
    if v_run.venture <> p_venture then
      perform holdpoint.fail(403, 'other_venture', 'A run writes evidence of its own venture only.', 'venture');
    end if;
  end if;
  v_now := clock_timestamp();
  with i as (
    insert into public.evidence (id, venture, subject, kind, ok, finding, facts, source, job_id, run_no, seen_at, stale_at)
    select holdpoint.new_id(), p_venture, e.subject, e.kind, e.ok, left(e.finding, 2000), coalesce(e.facts, '{}'), v_worker.name, p_job, v_run.run_no, v_now,
      v_now + make_interval(secs => greatest(1, e.lifetime_ms) / 1000.0)
    from jsonb_to_recordset(p_items) as e(subject text, kind text, ok boolean, finding text, facts jsonb, lifetime_ms bigint)
    returning evidence.*
  )
  select count(*), jsonb_agg(encode(sha256(convert_to(holdpoint.evidence_text(i), 'UTF8')), 'hex') order by i.id) into v_count, v_hashes from i;
  if p_job is not null then
    v_seq := holdpoint.append_job_event(p_job, 'evidence', 'worker', p_worker::text, v_run.run_no, jsonb_build_object('items', v_count, 'sha256', coalesce(v_hashes, '[]')), v_now);
    perform holdpoint.append_feed(array[p_job], array[v_seq], array[p_venture]);
  end if;
  return v_count;
end $$;
comment on function holdpoint.save_evidence(uuid, text, uuid, bigint, text, jsonb) is
  'Stores observations [{subject, kind, ok, finding, facts, lifetime_ms}] of a run''s own venture (or of the process itself, p_job null). Returns how many.';
