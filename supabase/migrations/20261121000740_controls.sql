-- Holdpoint, part 7.4: what people do to the work as a whole. Stops abort; pauses let what runs go on.

create function holdpoint.check_target(p_verb text, p_scope text, p_key text, p_scopes text[]) returns text
language plpgsql stable set search_path = '' as $$
declare v_known text[]; v_venture text := case p_scope when 'venture' then p_key else 'fleet' end;
begin
  if p_scope is null or p_scope <> all (p_scopes) then
    perform holdpoint.fail(400, 'unknown_scope', 'There is no scope "' || left(coalesce(p_scope, ''), 40) || '" to ' || p_verb || '.', 'scope', 'One of: ' || array_to_string(p_scopes, ', ') || '.');
  end if;
  if (p_scope in ('everything', 'paid', 'effects')) <> (p_key = '') then
    perform holdpoint.fail(400, 'bad_field', case when p_key = '' then 'Scope ' || p_scope || ' needs the key of what to ' || p_verb || '.' else 'Scope ' || p_scope || ' takes no key.' end, 'key');
  end if;
  perform holdpoint.require_role(v_venture, 'approver');
  perform holdpoint.require_venture(v_venture);
  v_known := case p_scope
    when 'lane' then array['build', 'eval']
    when 'queue' then enum_range(null::public.job_queue)::text[]
    when 'type' then array(select distinct t.name::text from public.job_types t order by 1)
    when 'worker' then array(select distinct w.name from public.workers w where w.ended_at is null order by 1) end;
  -- A stop of something misspelt would stop nothing and look as if it did.
  if p_key <> all (v_known) and not (p_scope = 'worker' and exists (select 1 from public.workers w where p_key in (w.id::text, w.name))) then
    perform holdpoint.fail(400, 'unknown_key', 'There is no ' || p_scope || ' "' || left(p_key, 60) || '" to ' || p_verb || '.', 'key', 'One of: ' || left(array_to_string(v_known, ', '), 300));
  end if;
  return v_venture;
end $$;
comment on function holdpoint.check_target(text, text, text, text[]) is
  'Refuses who is no approver (in fleet, or in the venture meant) and names that are not there. Returns the venture whose stream tells of it. 400 unknown_scope, unknown_key, bad_field.';

create function holdpoint.required_reason(p_reason text, p_what text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  if length(trim(coalesce(p_reason, ''))) < 3 then
    perform holdpoint.fail(400, 'missing_field', p_what || ' needs a reason of at least three characters.', 'reason', 'Say in a few words why.');
  end if;
  return left(trim(p_reason), 500);
end $$;
comment on function holdpoint.required_reason(text, text) is 'A reason of at least three characters, cut to 500. 400 missing_field.';

-- Stops ------------------------------------------------------------------------------------------------------------

create function public.engage_stop(p_scope text, p_key text, p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_venture text; v_id uuid; v_key text := coalesce(p_key, ''); v_reason text; v_same jsonb;
begin
  v_venture := holdpoint.check_target('stop', p_scope, v_key, array['everything', 'lane', 'queue', 'venture', 'type', 'worker', 'paid', 'effects']);
  v_operator := holdpoint.require_role(v_venture, 'approver');
  v_reason := holdpoint.required_reason(p_reason, 'A stop');
  select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'by', b.by_id, 'since', b.since, 'reason', b.reason) order by b.since), '[]') into v_same
  from public.blocks b where b.kind = 'stop' and b.scope = p_scope::public.block_scope and b.key = v_key;
  v_id := holdpoint.insert_stop(p_scope::public.block_scope, v_key, v_venture, v_reason, 'operator', v_operator.email);
  return jsonb_build_object('id', v_id, 'scope', p_scope, 'key', v_key, 'since', (select since from public.blocks where id = v_id), 'effective_at', null, 'same', v_same);
end $$;
comment on function public.engage_stop(text, text, text) is
  'Engages a stop: its row is committed when this returns. Call confirm_stop next; the janitor does when you are gone. same: stops of the same scope and key that are in force already; each is lifted for itself. Needs approver (in fleet, or in the venture stopped).';

create function public.confirm_stop(p_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_block public.blocks; v_at timestamptz;
begin
  select * into v_block from public.blocks where id = p_id and kind = 'stop';
  if not found then
    perform holdpoint.require_operator();
    perform holdpoint.fail(404, 'unknown_stop', 'There is no such stop; it may have been lifted.', 'id');
  end if;
  v_operator := holdpoint.require_role(v_block.venture, 'approver');
  v_at := holdpoint.finish_stop(p_id, 'operator', v_operator.email);
  return jsonb_build_object('id', p_id, 'effective_at', v_at);
end $$;
comment on function public.confirm_stop(uuid) is 'Waits out the calls in flight and writes effective_at: from there nothing in scope starts or records. Repeating it is harmless.';

create function public.lift_stop(p_id uuid, p_confirmation text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_block public.blocks; v_now timestamptz;
begin
  select * into v_block from public.blocks where id = p_id and kind = 'stop';
  if not found then
    perform holdpoint.require_operator();
    perform holdpoint.fail(404, 'unknown_stop', 'There is no such stop; it may have been lifted already.', 'id', 'See: holdpoint stop status');
  end if;
  v_operator := holdpoint.require_role(v_block.venture, 'admin');
  if p_confirmation is distinct from 'LIFT' then
    perform holdpoint.fail(400, 'confirmation_missing', 'Lifting a stop needs the typed confirmation.', 'confirmation', 'Type LIFT.');
  end if;
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  v_now := clock_timestamp();
  delete from public.blocks where id = p_id;
  if not found then perform holdpoint.fail(409, 'already_lifted', 'This stop has just been lifted by someone else.', 'id'); end if;
  perform holdpoint.append_venture_event(v_block.venture, 'stop.lifted', 'operator', v_operator.email, jsonb_build_object('block', p_id, 'scope', v_block.scope, 'key', v_block.key), v_now);
  perform holdpoint.signal_control();
  perform pg_notify('holdpoint_wake', 'ready');
  return jsonb_build_object('id', p_id, 'lifted_at', v_now, 'others', (select count(*) from public.blocks where kind = 'stop'));
end $$;
comment on function public.lift_stop(uuid, text) is 'Lifts one stop. Needs admin and the typed word LIFT. Others that overlap stay. 404 unknown_stop, 409 already_lifted.';

create function public.stop_status() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform holdpoint.require_operator();
  return (select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'scope', b.scope, 'key', b.key, 'reason', b.reason, 'since', b.since, 'effective_at', b.effective_at, 'by', b.by_id,
      'phase', case when b.effective_at is not null and o.n = 0 then 'STOPPED' else 'STOPPING' end, 'open_runs', o.runs, 'open_count', o.n) order by b.since), '[]')
    from public.blocks b
    cross join lateral (
      select count(*) as n, coalesce(jsonb_agg(jsonb_build_object('job_id', r.job_id, 'run_no', r.run_no, 'worker', w.name, 'lease_until', r.lease_until) order by r.lease_until)
        filter (where r.venture in (select holdpoint.my_ventures())), '[]') as runs
      from public.runs r join public.jobs j on j.id = r.job_id join public.workers w on w.id = r.worker_id
      where r.ended_at is null and holdpoint.covers(b, w.id, w.name, j.venture, j.type, j.queue, j.paid)
    ) o
    where b.kind = 'stop' and (b.scope <> 'venture' or b.venture in (select holdpoint.my_ventures())));
end $$;
comment on function public.stop_status() is 'All stops in force with the runs that have not confirmed: STOPPING until effective and none is left, then STOPPED.';

-- Pauses -----------------------------------------------------------------------------------------------------------

create function public.pause_work(p_scope text, p_key text, p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '5s' as $$
declare v_operator public.operators; v_venture text; v_id uuid := holdpoint.new_id(); v_key text := coalesce(p_key, ''); v_reason text; v_now timestamptz; v_have public.blocks;
begin
  v_venture := holdpoint.check_target('pause', p_scope, v_key, array['everything', 'lane', 'queue', 'venture', 'type']);
  v_operator := holdpoint.require_role(v_venture, 'approver');
  v_reason := holdpoint.required_reason(p_reason, 'A pause');
  -- Waits out every claim in flight; those that come after it see the row. Unlike a stop it may be refused when that
  -- takes long, so one call is enough.
  perform pg_advisory_xact_lock(holdpoint.control_lock());
  v_now := clock_timestamp();
  insert into public.blocks (id, scope, key, kind, venture, reason, since, by_kind, by_id)
  values (v_id, p_scope::public.block_scope, v_key, 'pause', v_venture, v_reason, v_now, 'operator', v_operator.email)
  on conflict (scope, key, kind) where kind <> 'stop' do nothing;
  if not found then
    select * into v_have from public.blocks b where b.scope = p_scope::public.block_scope and b.key = v_key and b.kind = 'pause';
    perform holdpoint.fail(409, 'already_paused', trim('Already paused: ' || p_scope || ' ' || v_key) || ', by ' || v_have.by_id || ' since '
      || to_char(v_have.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC (' || v_have.reason || ').', 'scope', 'Resume it first to give another reason.');
  end if;
  perform holdpoint.append_venture_event(v_venture, 'work.paused', 'operator', v_operator.email,
    jsonb_build_object('block', v_id, 'scope', p_scope, 'key', v_key, 'reason', v_reason), v_now);
  return jsonb_build_object('id', v_id, 'scope', p_scope, 'key', v_key, 'reason', v_reason, 'since', v_now, 'by', v_operator.email);
end $$;
comment on function public.pause_work(text, text, text) is
  'Pauses everything, a lane, queue, venture or type: from the commit on nothing in scope is claimed (it takes the control lock exclusively, so no claim is in flight); what runs goes on. 409 already_paused says who and since when. Needs approver (in fleet, or in the venture paused).';

create function public.resume_work(p_scope text, p_key text, p_reason text default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_operator public.operators; v_venture text; v_key text := coalesce(p_key, ''); v_block public.blocks; v_now timestamptz;
begin
  v_venture := holdpoint.check_target('resume', p_scope, v_key, array['everything', 'lane', 'queue', 'venture', 'type']);
  v_operator := holdpoint.require_role(v_venture, 'approver');
  perform pg_advisory_xact_lock_shared(holdpoint.control_lock());
  delete from public.blocks b where b.scope = p_scope::public.block_scope and b.key = v_key and b.kind = 'pause' returning * into v_block;
  if not found then
    perform holdpoint.fail(409, 'not_paused', trim('Not paused: ' || p_scope || ' ' || v_key) || '.', 'scope', 'See what is paused: holdpoint status');
  end if;
  v_now := clock_timestamp();
  perform holdpoint.append_venture_event(v_venture, 'work.resumed', 'operator', v_operator.email,
    jsonb_strip_nulls(jsonb_build_object('block', v_block.id, 'scope', p_scope, 'key', v_key, 'reason', left(p_reason, 500))), v_now);
  perform pg_notify('holdpoint_wake', 'ready');
  return jsonb_build_object('id', v_block.id, 'scope', p_scope, 'key', v_key, 'paused_since', v_block.since, 'paused_by', v_block.by_id, 'resumed_at', v_now);
end $$;
comment on function public.resume_work(text, text, text) is 'Lifts a pause: what waited is ready at once, within limits; stops and other pauses that overlap stay. 409 not_paused. Needs approver, as pausing.';
