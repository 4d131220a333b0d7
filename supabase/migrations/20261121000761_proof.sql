-- Holdpoint, part 7.6.1: what people see of sealing, and the proof of one job.

create function public.audit_status() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform holdpoint.require_role('fleet', 'viewer');
  return jsonb_build_object(
    'now', clock_timestamp(),
    'checkpoint', (select jsonb_build_object('no', c.no, 'epoch', c.epoch, 'up_to', c.up_to_xid::text, 'streams', c.streams, 'sealed_at', holdpoint.micros(c.sealed_at),
      'root', encode(c.root, 'hex'), 'hash', encode(c.hash, 'hex')) from holdpoint.checkpoints c order by c.no desc limit 1),
    'anchored', (select coalesce(jsonb_agg(jsonb_build_object('host', a.host, 'no', a.no, 'seen_at', a.seen_at) order by a.seen_at desc), '[]') from holdpoint.anchored a),
    'verification', (select jsonb_build_object('subject', e.subject, 'kind', e.kind, 'ok', e.ok, 'finding', e.finding, 'facts', e.facts, 'source', e.source,
        'job_id', null, 'run_no', null, 'seen_at', e.seen_at, 'stale_at', e.stale_at)
      from public.evidence e where e.venture = 'fleet' and e.subject = 'audit' and e.kind = 'audit_verify' order by e.seen_at desc limit 1));
end $$;
comment on function public.audit_status() is 'The newest checkpoint, which machines have it in their anchor files and since when, and the last whole verification. Needs a role in the fleet.';

-- The proof of one job -------------------------------------------------------------------------------------------------

create function holdpoint.find_seal(p_job uuid, out no bigint, out index int, out seq int)
language plpgsql stable set search_path = '' set enable_seqscan = off as $$
declare v_at timestamptz;
begin
  -- A stream's head is sealed soon after its event: look from the newest events back, an hour of checkpoints each.
  for v_at in select e.at from public.job_events e where e.stream = p_job order by e.seq desc limit 50 loop
    select h.no, h.part * 1000 + u.index, u.seq into no, index, seq
    from (select c.no from holdpoint.checkpoints c where c.sealed_at >= v_at order by c.sealed_at limit 60) c
    join holdpoint.sealed_heads h on h.no = c.no and h.first <= p_job and h.last >= p_job
    cross join lateral holdpoint.unpack_heads(h.heads) u where u.stream = p_job order by h.no desc limit 1;
    if found then return; end if;
  end loop;
end $$;
comment on function holdpoint.find_seal(uuid) is 'The newest checkpoint that covers a job, the place of its leaf there and the event it covers the job up to; null when nothing is sealed yet.';

create function holdpoint.seal_proof(p_job uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
declare v record; v_leaves bytea[];
begin
  select * into v from holdpoint.find_seal(p_job);
  if v.no is null then return null; end if;
  v_leaves := array(select holdpoint.leaf_hash(u.stream, u.seq, u.head) from holdpoint.sealed_heads h cross join lateral holdpoint.unpack_heads(h.heads) u
    where h.no = v.no order by h.part, u.index);
  return (select jsonb_build_object('no', c.no, 'epoch', c.epoch, 'up_to', c.up_to_xid::text, 'streams', c.streams, 'sealed_at', holdpoint.micros(c.sealed_at),
      'root', encode(c.root, 'hex'), 'hash', encode(c.hash, 'hex'),
      'before', (select encode(p.hash, 'hex') from holdpoint.checkpoints p where p.no = c.no - 1),
      'seq', v.seq, 'index', v.index, 'path', to_jsonb(holdpoint.merkle_path(v_leaves, v.index)))
    from holdpoint.checkpoints c where c.no = v.no);
end $$;
comment on function holdpoint.seal_proof(uuid) is 'That checkpoint with the path from the job''s leaf to its root.';

create function holdpoint.proof_of_work(p_job uuid) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'runs', (select coalesce(jsonb_agg(jsonb_build_object('run', r.run_no, 'token', r.token::text, 'worker', r.worker_id,
        'ended_at', holdpoint.micros(r.ended_at), 'outcome', r.outcome, 'log_bytes', r.log_bytes, 'log_sha256', r.log_sha256) order by r.run_no), '[]')
      from public.runs r where r.job_id = p_job),
    -- Steps of run 0 were taken over from another job, whose proof has them.
    'steps', (select coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'run', s.run_no, 'sha256', encode(sha256(convert_to(coalesce(s.result, 'null')::text, 'UTF8')), 'hex'))
        order by s.run_no, s.name collate "C"), '[]')
      from public.steps s where s.job_id = p_job and s.run_no > 0),
    'effects', (select coalesce(jsonb_agg(jsonb_build_object('key', e.key, 'kind', e.kind, 'max_microusd', e.max_microusd, 'outcome', e.outcome,
        'cost_microusd', coalesce(e.cost_microusd, 0), 'receipt', coalesce(e.receipt, 'null')::text) order by e.key collate "C"), '[]')
      from public.effects e where e.job_id = p_job),
    'evidence', (select coalesce(jsonb_agg(jsonb_build_object('run', e.run_no, 'content', holdpoint.evidence_text(e)) order by e.id), '[]') from public.evidence e where e.job_id = p_job),
    'artifacts', (select coalesce(jsonb_agg(jsonb_build_object('run', a.run_no, 'name', a.name, 'bytes', a.bytes, 'sha256', a.sha256) order by a.run_no, a.name collate "C"), '[]')
      from public.artifacts a where a.job_id = p_job),
    'ledger', (select coalesce(jsonb_agg(jsonb_build_object('run', l.run_no, 'reason', l.reason, 'lines', l.lines) order by l.first), '[]')
      from (select l.run_no, l.reason, min(l.id) as first, jsonb_object_agg(l.account, l.amount_microusd) as lines from public.ledger l where l.job_id = p_job group by l.entry, l.run_no, l.reason) l))
$$;
comment on function holdpoint.proof_of_work(uuid) is 'Runs, steps by hash, effects with receipts, evidence, artifacts by hash and ledger entries of a job: only what its events bind, in a fixed order.';

create function holdpoint.proof_of_talk(p_job uuid) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'waits', (select coalesce(jsonb_agg(jsonb_build_object('call', w.call, 'version', w.type_version, 'kind', w.kind, 'request', w.request,
        'asked_at', holdpoint.micros(w.asked_at), 'answer', w.answer, 'answered_at', holdpoint.micros(w.answered_at)) order by w.asked_at, w.call collate "C"), '[]')
      from public.waits w where w.job_id = p_job),
    'signals', (select coalesce(jsonb_agg(jsonb_build_object('no', s.no, 'id', s.id, 'name', s.name, 'data', s.data::text, 'by', s.by_id, 'at', holdpoint.micros(s.sent_at),
        'taken_by', s.taken_by, 'taken_version', s.taken_version, 'taken_at', holdpoint.micros(s.taken_at)) order by s.no), '[]')
      from public.signals s where s.job_id = p_job),
    'comments', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'by', c.by_email, 'at', holdpoint.micros(c.at), 'text', c.text) order by c.id), '[]')
      from public.comments c where c.job_id = p_job),
    'links', (select coalesce(jsonb_agg(jsonb_build_object('job', l.job_id, 'of', l.of_job, 'kind', l.kind, 'by', l.by_email) order by l.job_id), '[]')
      from public.job_links l where p_job in (l.job_id, l.of_job)))
$$;
comment on function holdpoint.proof_of_talk(uuid) is 'What runs waited for with its answers, signals, comments, and links to the jobs that this one was made from or that were made from it: only what its events bind, in a fixed order.';

create function holdpoint.proof_of(p_job public.jobs) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'job', jsonb_build_object('id', p_job.id, 'type', p_job.type, 'venture', p_job.venture),
    'events', (select coalesce(jsonb_agg(jsonb_build_object('body', e.body, 'hash', encode(e.hash, 'hex')) order by e.seq), '[]') from public.job_events e where e.stream = p_job.id),
    'plans', (select coalesce(jsonb_agg(jsonb_build_object('hash', p.hash, 'body', p.body) order by p.no), '[]')
      from (select encode(p.hash, 'hex') as hash, p.body, min(p.plan_no) as no from public.plans p where p.job_id = p_job.id group by p.hash, p.body) p),
    'decisions', (select coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'verb', d.verb, 'by', d.by_email, 'at', holdpoint.micros(d.at),
        'reason', case when d.verb <> 'undo' then d.reason end, 'plan', case when d.verb <> 'undo' then encode(d.plan_hash, 'hex') end,
        'form', case when d.verb <> 'undo' then holdpoint.form_text(d.form) end) order by d.at, d.id), '[]') from public.decisions d where d.job_id = p_job.id),
    'checkpoint', holdpoint.seal_proof(p_job.id)) || holdpoint.proof_of_work(p_job.id) || holdpoint.proof_of_talk(p_job.id)
$$;
comment on function holdpoint.proof_of(public.jobs) is 'Everything that proves what happened to one job: its events, what they bind, and the checkpoint that covers it with the path to its root. No payload but the plan''s, no results of steps, no logs.';

create function public.job_proof(p_job uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v_job public.jobs;
begin
  perform holdpoint.require_operator();
  select * into v_job from public.jobs where id = p_job and venture in (select holdpoint.my_ventures());
  if not found then
    perform holdpoint.fail(404, 'unknown_job', 'There is no job ' || p_job || ' that you can see.', 'job', 'List them with: holdpoint jobs list');
  end if;
  return holdpoint.proof_of(v_job);
end $$;
comment on function public.job_proof(uuid) is 'What proves the history of one job, read in one snapshot. 404 unknown_job.';
