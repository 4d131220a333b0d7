-- Holdpoint, part 7.42: operators and their roles. Accounts are the auth service's; who is an operator is ours.

create function holdpoint.find_operator(p_email text) returns public.operators
language plpgsql stable set search_path = '' as $$
declare v public.operators;
begin
  select o.* into v from public.operators o where o.email = lower(trim(p_email));
  if not found then
    perform holdpoint.fail(404, 'unknown_operator', 'There is no operator ' || left(coalesce(p_email, ''), 120) || '.', 'email', 'List them with: holdpoint operator list');
  end if;
  return v;
end $$;
comment on function holdpoint.find_operator(text) is 'An operator by e-mail address. 404 unknown_operator.';

create function holdpoint.keep_one_admin(p_leaving uuid) returns void
language plpgsql stable set search_path = '' as $$
begin
  if not exists (select 1 from public.memberships m join public.operators o on o.user_id = m.user_id
    where m.venture = 'fleet' and m.role = 'admin' and o.active and o.user_id <> p_leaving) then
    perform holdpoint.fail(409, 'last_admin', 'This is the last active admin of the fleet: nobody could lift a stop or change an operator any more.', 'email', 'Make somebody else admin of the fleet first.');
  end if;
end $$;
comment on function holdpoint.keep_one_admin(uuid) is 'Refuses with 409 last_admin when no other active admin of the fleet is left. The caller holds the fleet''s row, so that two admins can''t remove each other at once.';

create function holdpoint.drop_sessions(p_user uuid, p_session uuid) returns int
language plpgsql volatile set search_path = '' as $$
declare v_count int;
begin
  delete from auth.sessions s where s.user_id = p_user and (p_session is null or s.id = p_session);
  get diagnostics v_count = row_count;
  return v_count;
end $$;
comment on function holdpoint.drop_sessions(uuid, uuid) is 'Ends one session of a person, or all: how many.';

create function public.invite_operator(p_email text, p_venture text, p_role text, p_must_change boolean default true) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_by public.operators; v_user uuid; v_email text := lower(trim(p_email)); v_venture text := coalesce(p_venture, 'fleet'); v_new boolean;
begin
  v_by := holdpoint.require_role(v_venture, 'admin');
  perform holdpoint.require_venture(v_venture);
  if v_email is null or v_email !~ '^[^\s@]+@[^\s@]+$' or length(v_email) > 254 then
    perform holdpoint.fail(400, 'bad_email', '"' || left(coalesce(p_email, ''), 120) || '" is not an e-mail address.', 'email');
  end if;
  if p_role is null or p_role not in ('viewer', 'approver', 'admin') then
    perform holdpoint.fail(400, 'unknown_role', 'There is no role "' || left(coalesce(p_role, ''), 40) || '".', 'role', 'One of: viewer, approver, admin.');
  end if;
  select u.id into v_user from auth.users u where lower(u.email) = v_email;
  if not found then
    perform holdpoint.fail(404, 'no_account', v_email || ' has no account to sign in with yet.', 'email', 'Make it and invite in one go: holdpoint operator invite ' || v_email);
  end if;
  perform 1 from public.ventures where key = v_venture for no key update;
  if exists (select 1 from public.memberships m where m.user_id = v_user and m.venture = v_venture) then
    perform holdpoint.fail(409, 'operator_exists', v_email || ' has a role in ' || v_venture || ' already.', 'email', 'Change it with: holdpoint operator role ' || v_email);
  end if;
  insert into public.operators (user_id, email, must_change) values (v_user, v_email, coalesce(p_must_change, true)) on conflict (user_id) do nothing;
  v_new := found;
  insert into public.memberships (user_id, venture, role) values (v_user, v_venture, p_role::public.operator_role);
  perform holdpoint.append_venture_event(v_venture, 'operator.invited', 'operator', v_by.email, jsonb_build_object('operator', v_email, 'role', p_role, 'new', v_new), clock_timestamp());
  return jsonb_build_object('user_id', v_user, 'email', v_email, 'venture', v_venture, 'role', p_role, 'new', v_new);
end $$;
comment on function public.invite_operator(text, text, text, boolean) is
  'Makes the owner of an account an operator with a role in the venture (fleet: everywhere). Signing up alone makes nobody one. Needs admin there. 404 no_account, 409 operator_exists.';

create function public.set_operator_role(p_email text, p_venture text, p_role text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_by public.operators; v_operator public.operators; v_venture text := coalesce(p_venture, 'fleet'); v_had public.operator_role;
begin
  v_by := holdpoint.require_role(v_venture, 'admin');
  perform holdpoint.require_venture(v_venture);
  if p_role is not null and p_role not in ('viewer', 'approver', 'admin', 'none') then
    perform holdpoint.fail(400, 'unknown_role', 'There is no role "' || left(p_role, 40) || '".', 'role', 'One of: viewer, approver, admin, none.');
  end if;
  v_operator := holdpoint.find_operator(p_email);
  perform 1 from public.ventures where key = v_venture for no key update;
  select m.role into v_had from public.memberships m where m.user_id = v_operator.user_id and m.venture = v_venture;
  if v_venture = 'fleet' and v_had = 'admin' and coalesce(p_role, 'none') <> 'admin' then
    perform holdpoint.keep_one_admin(v_operator.user_id);
  end if;
  if coalesce(p_role, 'none') = 'none' then
    delete from public.memberships where user_id = v_operator.user_id and venture = v_venture;
  else
    insert into public.memberships (user_id, venture, role) values (v_operator.user_id, v_venture, p_role::public.operator_role)
    on conflict (user_id, venture) do update set role = excluded.role;
  end if;
  if coalesce(v_had::text, 'none') <> coalesce(p_role, 'none') then
    perform holdpoint.append_venture_event(v_venture, 'operator.role_changed', 'operator', v_by.email,
      jsonb_build_object('operator', v_operator.email, 'from', coalesce(v_had::text, 'none'), 'to', coalesce(p_role, 'none')), clock_timestamp());
  end if;
  return jsonb_build_object('email', v_operator.email, 'venture', v_venture, 'role', nullif(coalesce(p_role, 'none'), 'none'), 'before', v_had);
end $$;
comment on function public.set_operator_role(text, text, text) is
  'Sets an operator''s role in a venture; none takes it away. Holds at once, also for sessions that are open. Needs admin there. 404 unknown_operator, 409 last_admin.';

create function public.deactivate_operator(p_email text, p_reason text default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_by public.operators; v_operator public.operators; v_count int;
begin
  v_by := holdpoint.require_role('fleet', 'admin');
  perform 1 from public.ventures where key = 'fleet' for no key update;
  v_operator := holdpoint.find_operator(p_email);
  perform holdpoint.keep_one_admin(v_operator.user_id);
  update public.operators set active = false where user_id = v_operator.user_id and active;
  if not found then perform holdpoint.fail(409, 'already_inactive', v_operator.email || ' is not active.', 'email'); end if;
  v_count := holdpoint.drop_sessions(v_operator.user_id, null);
  perform holdpoint.append_venture_event('fleet', 'operator.deactivated', 'operator', v_by.email,
    jsonb_strip_nulls(jsonb_build_object('operator', v_operator.email, 'reason', left(p_reason, 500), 'sessions', v_count)), clock_timestamp());
  return jsonb_build_object('email', v_operator.email, 'active', false, 'sessions_ended', v_count);
end $$;
comment on function public.deactivate_operator(text, text) is 'Ends what an operator may do, and all its sessions, at once. Roles stay for a later activation. Needs admin in fleet. 409 last_admin, already_inactive.';

create function public.activate_operator(p_email text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_by public.operators; v_operator public.operators;
begin
  v_by := holdpoint.require_role('fleet', 'admin');
  v_operator := holdpoint.find_operator(p_email);
  update public.operators set active = true where user_id = v_operator.user_id and not active;
  if not found then perform holdpoint.fail(409, 'already_active', v_operator.email || ' is active.', 'email'); end if;
  perform holdpoint.append_venture_event('fleet', 'operator.activated', 'operator', v_by.email, jsonb_build_object('operator', v_operator.email), clock_timestamp());
  return jsonb_build_object('email', v_operator.email, 'active', true);
end $$;
comment on function public.activate_operator(text) is 'A deactivated operator may sign in again, with the roles that were kept. Needs admin in fleet. 409 already_active.';

create function public.reset_operator_password(p_email text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_by public.operators; v_operator public.operators; v_count int;
begin
  v_by := holdpoint.require_role('fleet', 'admin');
  v_operator := holdpoint.find_operator(p_email);
  update public.operators set must_change = true where user_id = v_operator.user_id;
  v_count := holdpoint.drop_sessions(v_operator.user_id, null);
  perform holdpoint.append_venture_event('fleet', 'operator.password_reset', 'operator', v_by.email, jsonb_build_object('operator', v_operator.email, 'sessions', v_count), clock_timestamp());
  return jsonb_build_object('user_id', v_operator.user_id, 'email', v_operator.email, 'sessions_ended', v_count);
end $$;
comment on function public.reset_operator_password(text) is
  'Decides and records a password reset: sessions end, and the next password must be changed at sign-in. The password itself is set by the command line through the auth service. Needs admin in fleet.';

create function holdpoint.self_or_managed(p_email text) returns public.operators
language plpgsql stable set search_path = '' as $$
declare v_me public.operators;
begin
  perform holdpoint.require_operator();
  select * into strict v_me from public.operators where user_id = holdpoint.live_operator();
  if p_email is null or lower(trim(p_email)) = v_me.email then return v_me; end if;
  perform holdpoint.require_role('fleet', 'admin');
  return holdpoint.find_operator(p_email);
end $$;
comment on function holdpoint.self_or_managed(text) is 'The caller, without an e-mail or with the own one; else the operator of that e-mail, for an admin of the fleet only.';

create function public.operator_sessions(p_email text default null) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare v_operator public.operators;
begin
  v_operator := holdpoint.self_or_managed(p_email);
  -- By name, because the platforms' tables differ in what else they keep.
  return (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'email', v_operator.email, 'created_at', s.created_at,
      'refreshed_at', to_jsonb(s) -> 'refreshed_at', 'not_after', s.not_after, 'user_agent', to_jsonb(s) -> 'user_agent',
      'current', coalesce(s.id::text = auth.jwt() ->> 'session_id', false)) order by s.created_at desc), '[]')
    from auth.sessions s where s.user_id = v_operator.user_id and (s.not_after is null or s.not_after > now()));
end $$;
comment on function public.operator_sessions(text) is 'The sessions that stand: one''s own, or those of anybody for an admin of the fleet.';

create function public.end_operator_sessions(p_email text default null, p_session uuid default null) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare v_me public.operators; v_operator public.operators; v_count int;
begin
  v_operator := holdpoint.self_or_managed(p_email);
  select * into strict v_me from public.operators where user_id = holdpoint.live_operator();
  v_count := holdpoint.drop_sessions(v_operator.user_id, p_session);
  if v_count = 0 and p_session is not null then
    perform holdpoint.fail(404, 'unknown_session', 'There is no such session of ' || v_operator.email || '.', 'session', 'List them with: holdpoint operator sessions ' || v_operator.email);
  end if;
  perform holdpoint.append_venture_event('fleet', 'operator.sessions_ended', 'operator', v_me.email, jsonb_build_object('operator', v_operator.email, 'sessions', v_count), clock_timestamp());
  return jsonb_build_object('email', v_operator.email, 'sessions_ended', v_count);
end $$;
comment on function public.end_operator_sessions(text, uuid) is 'Ends sessions at once, all or one: one''s own, or anybody''s for an admin of the fleet. A token that still verifies shows nothing any more.';
