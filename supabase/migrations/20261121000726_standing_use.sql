-- Holdpoint, part 7h: where admission would ask a person, a standing approval of exactly that plan may stand.

create function holdpoint.standing_data(p_job public.jobs, p_standing public.standing_approvals, p_decision uuid, p_completes uuid, p_by text) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('decision', p_decision, 'completes', p_completes, 'verb', 'approve', 'by', p_by, 'standing', p_standing.id, 'use', p_standing.uses, 'reason', p_standing.reason,
    'plan', encode(p_job.plan_hash, 'hex'), 'form', encode(holdpoint.form_hash(p_job.plan_hash, p_standing.form), 'hex'))
$$;
comment on function holdpoint.standing_data(public.jobs, public.standing_approvals, uuid, uuid, text) is 'What the event of a use of a standing approval says: whose decision it is, for which plan.';

create function holdpoint.use_one_standing(p_job public.jobs, p_at timestamptz) returns int[]
language plpgsql volatile set search_path = '' as $$
declare v public.standing_approvals; v_seqs int[] := '{}'; v_people int := (holdpoint.approval_of(p_job) ->> 'people')::int; v_signers uuid[]; v_first uuid; v_last uuid; v_user uuid; v_operator public.operators; v_expires timestamptz;
begin
  select * into v from public.standing_approvals s
  where s.venture = p_job.venture and s.type = p_job.type and s.plan_hash = p_job.plan_hash and s.ended_at is null and s.until > p_at
    and (s.schedule is null or (p_job.submitted_by_kind = 'schedule' and p_job.submitted_by_id = s.schedule))
    and s.uses < coalesce(s.max_uses, s.uses + 1) and s.committed_microusd + p_job.ceiling_microusd <= s.budget_microusd
  order by s.made_at, s.id limit 1 for update;
  if not found or (p_job.paid and not holdpoint.has_cap(p_job.venture)) then return null; end if;
  -- What this job takes, by who may still give it, as at any approval.
  select (array_agg(g.by_user order by g.at))[1:v_people] into v_signers from public.standing_signatures g
  where g.standing_id = v.id and holdpoint.why_not_approver(p_job, g.by_user, g.by_email) is null
    and (holdpoint.approval_of(p_job) ->> 'typed' is null or g.typed is not distinct from holdpoint.approval_of(p_job) ->> 'typed');
  if coalesce(cardinality(v_signers), 0) < v_people then return null; end if;
  v_expires := least(v.until, p_at + make_interval(secs => coalesce((p_job.approval ->> 'expires_ms')::bigint, (select approval_expires_ms from public.settings)) / 1000.0));
  foreach v_user in array v_signers loop
    select * into strict v_operator from public.operators o where o.user_id = v_user;
    v_first := v_last;
    v_last := holdpoint.insert_decision(p_job, v_operator, 'approve', v.reason, v_expires, null, v_first, p_at, v.form, v.id);
    -- An event for each decision, the last of which moves the job.
    continue when v_user = v_signers[v_people];
    v_seqs := v_seqs || holdpoint.append_job_event(p_job.id, 'decision.first_of_two', 'standing', v.id::text, null, holdpoint.standing_data(p_job, v, v_last, null, v_operator.email), p_at);
  end loop;
  update public.standing_approvals set uses = uses + 1, committed_microusd = committed_microusd + p_job.ceiling_microusd where id = v.id returning * into v;
  update public.jobs j set state = 'queued', phase = 'q', held_for = null, held_until = null, dispatch_no = j.dispatch_no + 1, decision_id = v_last, decided_from = null,
    reason = 'A standing approval of ' || v.made_by || ' is for this plan.'
  where j.id = p_job.id;
  return v_seqs || holdpoint.append_job_event(p_job.id, 'decision.standing', 'standing', v.id::text, null, holdpoint.standing_data(p_job, v, v_last, v_first, v_operator.email), p_at);
end $$;
comment on function holdpoint.use_one_standing(public.jobs, timestamptz) is
  'held to queued by a standing approval, with a decision row and an event of each signer that name it; the events'' numbers, or null where none stands for this job. The caller holds the job; after jobs in the lock order.';

create function holdpoint.use_standing(p_ids uuid[], p_at timestamptz) returns int
language plpgsql volatile set search_path = '' as $$
declare v_job public.jobs; v_one int[]; v_streams uuid[] := '{}'; v_seqs int[] := '{}'; v_ventures text[] := '{}';
begin
  if not exists (select 1 from public.standing_approvals s where s.ended_at is null and s.until > p_at) then return 0; end if;
  for v_job in select j.* from public.jobs j where j.id = any (p_ids) and j.state = 'held' and j.held_for = 'approval' order by j.id loop
    v_one := holdpoint.use_one_standing(v_job, p_at);
    continue when v_one is null;
    v_streams := v_streams || array_fill(v_job.id, array[cardinality(v_one)]); v_seqs := v_seqs || v_one;
    v_ventures := v_ventures || array_fill(v_job.venture::text, array[cardinality(v_one)]);
  end loop;
  perform holdpoint.append_feed(v_streams, v_seqs, v_ventures);
  return cardinality(v_streams);
end $$;
comment on function holdpoint.use_standing(uuid[], timestamptz) is 'Of jobs that admission has just held, those whose plan has a standing approval go on. Returns how many events. The caller holds their rows.';

create function holdpoint.standing_ended(p_decision uuid) returns boolean
language sql stable set search_path = '' as $$
  select exists (select 1 from public.decisions d join public.standing_approvals s on s.id = d.standing_id where d.id = p_decision and s.ended_at is not null)
$$;
comment on function holdpoint.standing_ended(uuid) is 'Was this decision by a standing approval that somebody has ended since?';
