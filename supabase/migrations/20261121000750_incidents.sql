-- Holdpoint, part 7.5: incidents. One table for what is dead or in quarantine: jobs by the transition that made them so,
-- artifacts, pages, payloads and webhooks by a person.

create table public.incident_reasons (
  reason text primary key check (reason ~ '^[a-z][a-z0-9_]{2,62}$'),
  severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
  recommended text not null
);
comment on table public.incident_reasons is 'The catalogue of reasons; packages/policy states the same and a test compares them.';
alter table public.incident_reasons enable row level security;
create policy operators_read on public.incident_reasons for select to authenticated using ((select holdpoint.live_operator()) is not null);
insert into public.incident_reasons (reason, severity, recommended) values
  ('unsafe_public_claim', 'critical', 'Read the claim; discard unless a person can prove it.'),
  ('secret_found', 'critical', 'Replace the secret at its provider first, then discard what holds it.'),
  ('unsafe_output', 'high', 'Look at what it produced before anything else; discard unless it is known to be safe.'),
  ('bad_output', 'medium', 'Compare its output with what was asked; correct the input or mend the handler.'),
  ('unsafe_payload', 'high', 'Find out who sent the payload; discard unless its source is known.'),
  ('bad_signature', 'high', 'Check the sender''s signing secret; discard what can''t be verified.'),
  ('poison_job', 'high', 'Find out what kills the worker before it runs again; discard unless that is mended.'),
  ('effect_unknown', 'high', 'Look at the provider whether it happened, and say so (holdpoint ledger correct); only then release.'),
  ('bad_input', 'low', 'Correct the input and submit again; discard this job.'),
  ('over_budget', 'medium', 'Look at its cost; raise the ceiling or discard.'),
  ('retries_used_up', 'medium', 'Find the cause in its last run; release it once that is gone.'),
  ('too_many_losses', 'medium', 'Look at the workers it died on; release it once they are well.'),
  ('reported', 'medium', 'Read the finding of who reported it; release or discard.');

create table public.incidents (
  id uuid primary key,
  subject_kind text not null check (subject_kind in ('job', 'artifact', 'page', 'payload', 'webhook')),
  subject text not null check (length(subject) between 1 and 500),
  -- The job itself, or the one that a subject comes from.
  job_id uuid,
  run_no int,
  venture public.venture_key not null references public.ventures (key),
  state public.job_state not null check (state in ('dead', 'quarantined')),
  reason text not null references public.incident_reasons (reason),
  severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
  error_class public.error_class,
  finding text not null,
  recommended text not null,
  evidence jsonb not null default '{}',
  opened_by_kind text not null,
  opened_by_id text not null,
  created_at timestamptz not null,
  resolved_at timestamptz,
  resolution text check (resolution in ('release', 'discard', 'canceled')),
  resolved_by text,
  decision_id uuid references public.decisions (id),
  constraint incidents_resolved check ((resolved_at is null) = (resolution is null) and (resolved_at is null) = (resolved_by is null)),
  constraint incidents_job check (subject_kind <> 'job' or (job_id is not null and subject = job_id::text and run_no is not null)),
  constraint incidents_other check (subject_kind = 'job' or state = 'quarantined')
);
comment on table public.incidents is 'What is dead or in quarantine, and why: written in the transition that made it so, resolved in the one that ends it. decision_id: the decision that resolved it.';
create unique index incidents_open on public.incidents (subject_kind, subject, venture) where resolved_at is null;
create index incidents_job on public.incidents (job_id, created_at);
create index incidents_waiting on public.incidents (id) where resolved_at is null;
create index incidents_recent on public.incidents (venture, created_at);
alter table public.incidents enable row level security;
create policy members_read on public.incidents for select to authenticated using (venture in (select holdpoint.my_ventures()));

create table public.worker_code (
  worker_id uuid not null,
  type public.type_name not null,
  version int not null,
  code_hash text not null,
  primary key (worker_id, type)
);
comment on table public.worker_code is 'Which code of a type a worker process ran: kept after the process has ended, so that a failed run and the last good one can be compared.';
alter table public.worker_code enable row level security;
create policy operators_read on public.worker_code for select to authenticated using ((select holdpoint.live_operator()) is not null);

create table public.job_links (
  job_id uuid primary key,
  of_job uuid not null,
  venture public.venture_key not null,
  kind text not null check (kind in ('edit', 'replay')),
  from_step text,
  dry_run boolean not null default false,
  payload_edited boolean not null,
  by_email text not null,
  at timestamptz not null
);
comment on table public.job_links is 'A job that was made from another: edited and resubmitted (the other is discarded), or replayed.';
create index job_links_of on public.job_links (of_job);
alter table public.job_links enable row level security;
create policy members_read on public.job_links for select to authenticated using (venture in (select holdpoint.my_ventures()));

create function holdpoint.job_links(p_job uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('job_id', l.job_id, 'of_job', l.of_job, 'kind', l.kind, 'from_step', l.from_step, 'dry_run', l.dry_run,
    'payload_edited', l.payload_edited, 'by', l.by_email, 'at', l.at) order by l.at, l.job_id), '[]')
  from (select * from public.job_links l where l.job_id = p_job union select * from (select * from public.job_links l where l.of_job = p_job order by l.at desc limit 50) o) l
$$;
comment on function holdpoint.job_links(uuid) is 'The job that this one was made from, and those made from it (the latest 50), under the caller''s row-level security.';

-- Written with the transition ---------------------------------------------------------------------------------------

create function holdpoint.kept_evidence(p_evidence jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select case when p_evidence is null or p_evidence = 'null' then '{}' when octet_length(p_evidence::text) > 16384 then jsonb_build_object('cut', true, 'bytes', octet_length(p_evidence::text),
    'sha256', encode(sha256(convert_to(p_evidence::text, 'UTF8')), 'hex')) when jsonb_typeof(p_evidence) = 'object' then p_evidence else jsonb_build_object('value', p_evidence) end
$$;
comment on function holdpoint.kept_evidence(jsonb) is 'Evidence as it is kept: an object of at most 16 kB; of more only its size and sha256.';

create function holdpoint.failure_reason(p_job public.jobs, p_class public.error_class, p_named text) returns text
language sql stable set search_path = '' as $$
  select case p_class
    when 'unsafe' then case when p_named in (select r.reason from public.incident_reasons r) then p_named
      when exists (select 1 from public.effects e where e.job_id = p_job.id and e.unknown_at is not null) then 'effect_unknown' else 'unsafe_output' end
    when 'bad_input' then 'bad_input'
    when 'budget' then 'over_budget'
    else 'retries_used_up' end
$$;
comment on function holdpoint.failure_reason(public.jobs, public.error_class, text) is
  'The reason of the catalogue for a job that a failure of this class ended; an unsafe one may name it, and a name that is not in the catalogue is unsafe_output.';

create function holdpoint.open_quarantine(p_kind text, p_subject text, p_job uuid, p_run int, p_venture text, p_reason text, p_finding text, p_evidence jsonb, p_actor_kind text, p_actor_id text, p_at timestamptz)
returns uuid language plpgsql volatile set search_path = '' as $$
declare v_id uuid := holdpoint.new_id(); v_reason public.incident_reasons;
begin
  if length(p_subject) not between 1 and 500 then perform holdpoint.fail(400, 'bad_field', 'The field "subject" has 1 to 500 characters.', 'subject'); end if;
  select * into v_reason from public.incident_reasons r where r.reason = p_reason;
  if not found then
    perform holdpoint.fail(400, 'bad_field', 'There is no reason "' || left(p_reason, 60) || '".', 'reason', 'One of: ' || (select string_agg(r.reason, ', ' order by r.reason) from public.incident_reasons r));
  end if;
  if p_kind = 'artifact' and not exists (select 1 from public.artifacts a where a.id::text = p_subject and a.venture = p_venture) then
    perform holdpoint.fail(404, 'unknown_artifact', 'There is no artifact "' || left(p_subject, 60) || '" in ' || p_venture || '.', 'subject', 'Its id stands in: holdpoint jobs show JOB --json');
  end if;
  insert into public.incidents (id, subject_kind, subject, job_id, run_no, venture, state, reason, severity, finding, recommended, evidence, opened_by_kind, opened_by_id, created_at)
  values (v_id, p_kind, p_subject, coalesce(p_job, (select a.job_id from public.artifacts a where p_kind = 'artifact' and a.id::text = p_subject)), p_run, p_venture, 'quarantined',
    v_reason.reason, v_reason.severity, left(trim(p_finding), 2000), v_reason.recommended, holdpoint.kept_evidence(p_evidence), p_actor_kind, p_actor_id, p_at)
  on conflict (subject_kind, subject, venture) where resolved_at is null do nothing;
  if not found then return null; end if;
  perform holdpoint.append_venture_event(p_venture, 'quarantine.opened', p_actor_kind, p_actor_id,
    jsonb_build_object('incident', v_id, 'kind', p_kind, 'subject', p_subject, 'job', p_job, 'run', p_run, 'reason', v_reason.reason, 'finding', left(trim(p_finding), 500)), p_at);
  insert into public.tasks (id, queue, venture, job_id, subject, due_at, created_at)
  select holdpoint.new_id(), 'quarantine', p_venture, i.job_id, jsonb_build_object('incident', v_id, 'kind', p_kind, 'subject', p_subject, 'reason', v_reason.reason,
    'path', (select a.path from public.artifacts a where p_kind = 'artifact' and a.id::text = p_subject)), p_at, p_at
  from public.incidents i where i.id = v_id;
  return v_id;
end $$;
comment on function holdpoint.open_quarantine(text, text, uuid, int, text, text, text, jsonb, text, text, timestamptz) is
  'The record of what is no job, with its event and task: its id; null when it is in quarantine already. job: what a run found it, else of an artifact the job that kept it. 400 bad_field, 404 unknown_artifact.';

create function holdpoint.quarantine_found(p_worker uuid, p_key text, p_job uuid, p_token bigint, p_kind text, p_subject text, p_reason text, p_finding text, p_evidence jsonb)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare v_run public.runs; v_id uuid; v_subject text := trim(coalesce(p_subject, ''));
begin
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_run := holdpoint.require_lease(p_worker, p_key, p_job, p_token, true);
  if p_kind is null or p_kind not in ('artifact', 'page', 'payload', 'webhook') then
    perform holdpoint.fail(400, 'bad_field', 'A run puts an artifact, page, payload or webhook in quarantine.', 'kind', 'Throw Unsafe for the job itself.');
  end if;
  perform holdpoint.required_reason(p_finding, 'A quarantine');
  select i.id into v_id from public.incidents i where i.subject_kind = p_kind and i.subject = v_subject and i.venture = v_run.venture and i.resolved_at is null;
  if found then return jsonb_build_object('id', v_id, 'opened', false); end if;
  if (select count(*) from (select 1 from public.incidents i where i.job_id = p_job and i.resolved_at is null limit 100) o) >= 100 then
    perform holdpoint.fail(422, 'too_many', 'Job ' || p_job || ' has put a hundred things in quarantine that still wait for a person.', 'subject', 'Throw Unsafe instead: something is wrong with all of it.');
  end if;
  v_id := holdpoint.open_quarantine(p_kind, v_subject, p_job, v_run.run_no, v_run.venture, p_reason, p_finding, p_evidence, 'worker', p_worker::text, clock_timestamp());
  if v_id is null then
    return (select jsonb_build_object('id', i.id, 'opened', false) from public.incidents i where i.subject_kind = p_kind and i.subject = v_subject and i.venture = v_run.venture order by i.created_at desc limit 1);
  end if;
  return jsonb_build_object('id', v_id, 'opened', true);
end $$;
comment on function holdpoint.quarantine_found(uuid, text, uuid, bigint, text, text, text, text, jsonb) is
  'A run puts something it found in quarantine, under a live lease: {id, opened: false when it was there already}. 400 bad_field, 404 unknown_artifact, 409 lease_lost, lease_expired, stopped, 422 too_many.';

-- What people do ------------------------------------------------------------------------------------------------------

create function public.quarantine_subject(p_request jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_venture text; v_kind text; v_subject text; v_id uuid; v_have uuid;
begin
  perform holdpoint.only_fields(p_request, array['kind', 'subject', 'venture', 'reason', 'finding', 'evidence']);
  v_venture := holdpoint.required_text(p_request, 'venture', '^[a-z][a-z0-9-]{1,39}$', 'a venture''s key');
  v_operator := holdpoint.require_role(v_venture, 'approver');
  v_kind := holdpoint.required_text(p_request, 'kind', '^(artifact|page|payload|webhook)$', 'artifact, page, payload or webhook (a job goes to quarantine by its run)');
  v_subject := trim(holdpoint.required_text(p_request, 'subject', '\S', 'what is meant: an artifact''s id, a page''s address, a name'));
  perform holdpoint.required_reason(p_request ->> 'finding', 'A quarantine');
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  perform holdpoint.require_venture(v_venture);
  v_id := holdpoint.open_quarantine(v_kind, v_subject, null, null, v_venture, coalesce(p_request ->> 'reason', 'reported'), p_request ->> 'finding', p_request -> 'evidence', 'operator', v_operator.email, clock_timestamp());
  if v_id is null then
    select i.id into v_have from public.incidents i where i.subject_kind = v_kind and i.subject = v_subject and i.venture = v_venture order by i.created_at desc limit 1;
    perform holdpoint.fail(409, 'already_quarantined', 'This ' || v_kind || ' is in quarantine already.', 'subject', 'See: holdpoint incidents show ' || v_have);
  end if;
  return (select to_jsonb(i) from public.incidents i where i.id = v_id);
end $$;
comment on function public.quarantine_subject(jsonb) is
  'Puts an artifact, page, payload or webhook in quarantine: {kind, subject, venture, reason? (of the catalogue; default reported), finding, evidence?}. Answers the incident. Needs approver. 400, 404 unknown_artifact, 409 already_quarantined.';

create function public.resolve_incident(p_incident uuid, p_verb text, p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v public.incidents; v_operator public.operators; v_reason text; v_now timestamptz;
begin
  if auth.uid() is null then perform holdpoint.require_role('fleet', 'viewer'); end if;
  select * into v from public.incidents i where i.id = p_incident and i.venture in (select holdpoint.my_ventures());
  if not found then
    perform holdpoint.require_operator();
    perform holdpoint.fail(404, 'unknown_incident', 'There is no incident ' || coalesce(p_incident::text, '(none given)') || ' that you can see.', 'incident', 'List them with: holdpoint incidents list');
  end if;
  v_operator := holdpoint.require_role(v.venture, 'approver');
  if p_verb is null or p_verb not in ('release', 'discard') then
    perform holdpoint.fail(400, 'bad_field', 'An incident is resolved by release or discard.', 'verb');
  end if;
  if v.subject_kind = 'job' then
    perform holdpoint.fail(409, 'decide_the_job', 'This incident ends with the decision about its job.', 'incident', 'Decide: holdpoint approvals ' || p_verb || ' ' || v.job_id);
  end if;
  v_reason := holdpoint.required_reason(p_reason, case p_verb when 'release' then 'Releasing' else 'Discarding' end);
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  select * into strict v from public.incidents i where i.id = p_incident for no key update;
  v_operator := holdpoint.require_role(v.venture, 'approver');
  if v.resolved_at is not null then
    perform holdpoint.fail(409, 'already_resolved', v.resolved_by || ' resolved this first: ' || v.resolution || '.', 'incident');
  end if;
  v_now := clock_timestamp();
  update public.incidents set resolved_at = v_now, resolution = p_verb, resolved_by = v_operator.email where id = p_incident;
  perform holdpoint.append_venture_event(v.venture, 'quarantine.' || case p_verb when 'release' then 'released' else 'discarded' end, 'operator', v_operator.email,
    jsonb_build_object('incident', p_incident, 'kind', v.subject_kind, 'subject', v.subject, 'reason', v_reason), v_now);
  return (select to_jsonb(i) from public.incidents i where i.id = p_incident);
end $$;
comment on function public.resolve_incident(uuid, text, text) is
  'Ends the quarantine of what is no job: release or discard, with a reason. A job''s incident ends with decide(). Needs approver. 404 unknown_incident, 409 decide_the_job, already_resolved.';
