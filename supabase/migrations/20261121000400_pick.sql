-- Holdpoint, part 4: what dispatch offers.

create function holdpoint.lane_of_queue(p_queue public.job_queue) returns text language sql immutable as $$
  select case when p_queue in ('job', 'priority') then 'build' else 'eval' end
$$;
comment on function holdpoint.lane_of_queue(public.job_queue) is 'The lane that serves a job queue. QUEUES of packages/policy says the same and a test compares them.';

-- The pick: ready jobs, round-robin over ventures and inside a venture over its lines, from a rotating cursor. -----

create function holdpoint.pick_ready(p_worker uuid, p_key text, p_queue text, p_want int, p_cursor text, p_out_ids uuid[], p_out_nos int[],
  p_out_ventures text[], p_look boolean)
returns table (kind text, job_id uuid, dispatch_no int, venture text, type text, cursor text)
language plpgsql stable security definer set search_path = ''
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
declare
  -- What one call can serve: a line more would only be read, and its venture comes first the next time.
  c_max_lines constant int := least(128, greatest(16, 2 * p_want));
  c_max_looks constant int := 1000;
  v_queue public.job_queue := p_queue::public.job_queue;
  v_now timestamptz;
  v_blocked_ventures text[]; v_blocked_types text[]; v_unpaid_ventures text[]; v_paid_blocked boolean; v_all_blocked boolean; v_effects_blocked boolean; v_blocked_providers text[]; v_again text[];
  v_gone_ids uuid[]; v_gone_nos int[]; v_out_of text[]; v_out_ventures text[]; v_out_counts int[];
  v_start_venture text := split_part(p_cursor, '|', 1); v_start_type text := split_part(p_cursor, '|', 2); v_start_paid boolean := split_part(p_cursor, '|', 3) = 't';
  v_after_venture text := v_start_venture; v_after_type text := v_start_type; v_after_paid boolean := v_start_paid;
  v_line_venture text[] := '{}'; v_line_type text[] := '{}'; v_line_paid boolean[] := '{}'; v_line_from timestamptz[] := '{}'; v_line_room int[] := '{}';
  v_new_ventures text[]; v_new_types text[]; v_new_paid boolean[]; v_new_from timestamptz[]; v_new_room int[];
  v_last_venture text; v_last_type text; v_last_paid boolean; v_cut boolean; v_all_seen boolean := false; v_cursor text;
  v_ventures text[] := '{}'; v_room int[] := '{}'; v_share int; v_least_room int; v_most_lines int;
  v_ids uuid[]; v_nos int[]; v_lines int[];
  v_any boolean; v_blocks boolean; v_capped boolean := false;
begin
  perform holdpoint.check_worker(p_worker, p_key);
  if p_look and cardinality(p_out_ids) > 0 then
    -- One look at the set that is out: what left it, and how many of it each venture still has. state and not phase: see jobs.phase.
    select array_agg(o.id) filter (where not o.ready), array_agg(o.no) filter (where not o.ready), array_agg(o.venture) filter (where o.ready)
    into v_gone_ids, v_gone_nos, v_out_of
    from (
      select o.id, o.no, o.venture, coalesce(j.state = 'queued' and j.dispatch_no = o.no, false) as ready
      from unnest(p_out_ids, p_out_nos, p_out_ventures) o(id, no, venture) left join public.jobs j on j.id = o.id
    ) o;
    return query select 'gone', g.id, g.no, null::text, null::text, null::text from unnest(v_gone_ids, v_gone_nos) g(id, no);
  else
    v_out_of := p_out_ventures;
  end if;

  v_now := clock_timestamp();
  select exists (select 1 from public.jobs j where j.phase = 'q' and j.queue = v_queue), exists (select 1 from public.blocks) into v_any, v_blocks;
  if v_blocks then
    select bool_or(b.scope = 'everything' or (b.scope = 'queue' and b.key = p_queue) or (b.scope = 'lane' and b.key = holdpoint.lane_of_queue(v_queue))),
      array_agg(b.key) filter (where b.scope = 'venture'), array_agg(b.key) filter (where b.scope = 'type'),
      bool_or(b.scope = 'paid' and b.key = ''), array_agg(b.key) filter (where b.scope = 'paid'), bool_or(b.scope = 'effects'), array_agg(b.key) filter (where b.scope = 'provider'),
      array_agg(b.key) filter (where b.kind = 'first_starts' and not exists (select 1 from public.blocks o where o.scope = 'venture' and o.key = b.key and o.kind <> 'first_starts')),
      bool_or(b.kind = 'concurrency')
    into v_all_blocked, v_blocked_ventures, v_blocked_types, v_paid_blocked, v_unpaid_ventures, v_effects_blocked, v_blocked_providers, v_again, v_capped
    from public.blocks b;
  end if;
  -- The last row, unless lines are looked at. A cursor that is left says that there is more to look at now: not while all is blocked.
  kind := 'cursor'; dispatch_no := coalesce(v_capped, false)::int; cursor := case when p_want <= 0 then p_cursor else '' end;
  if p_want <= 0 or not v_any or coalesce(v_all_blocked, false) then
    return next;
    return;
  end if;
  if v_effects_blocked then
    v_blocked_types := v_blocked_types || array(select distinct t.name::text from public.job_types t where t.effect_kinds <> '{}');
  end if;
  if v_blocked_providers is not null then
    v_blocked_types := v_blocked_types || array(select distinct t.name::text from public.job_types t where t.providers && v_blocked_providers);
  end if;
  if cardinality(v_out_of) > 0 then
    select array_agg(o.venture), array_agg(o.n) into v_out_ventures, v_out_counts
    from (select v as venture, count(*)::int as n from unnest(v_out_of) v group by v) o;
  end if;

  -- 1. Collect unblocked lines with something due, by a skip over the index from the cursor on, wrapping once: no more
  -- of them, and no more ventures, than one call can serve.
  for v_round in 1..2 loop
    with recursive l as (
      (select '' collate "C" as venture, '' collate "C" as type, false as paid, null::timestamptz as run_at, 0 as room, false as taken, '' collate "C" as last_taken,
          (select count(distinct u) from unnest(v_line_venture) u) as ventures, cardinality(v_line_venture) as lines, 0 as looks,
          v_after_venture collate "C" as after_venture, v_after_type collate "C" as after_type, v_after_paid as after_paid)
      union all
      select n.venture, n.type, n.paid, n.run_at, r.room, t.taken, case when t.taken then n.venture else l.last_taken end,
        l.ventures + case when t.taken and n.venture <> l.last_taken then 1 else 0 end, l.lines + case when t.taken then 1 else 0 end, l.looks + 1,
        n.venture, case when r.room <= 0 then chr(1114111) collate "C" else n.type end, n.paid and r.room > 0
      from l
      cross join lateral (
        select j.venture::text as venture, j.type::text as type, j.paid, j.run_at from public.jobs j
        where j.phase = 'q' and j.queue = v_queue and (j.venture, j.type, j.paid) > (l.after_venture, l.after_type, l.after_paid)
        order by j.venture, j.type, j.paid, j.run_at limit 1
      ) n
      cross join lateral (
        -- Of the same venture as the line before, it is known; a blocked venture has none, and is skipped whole.
        select case when n.venture = l.venture then l.room when n.venture = any (v_blocked_ventures) then 0
          else coalesce((select l.max - l.in_use from public.limits l where l.scope = 'venture' and l.key = n.venture and l.kind = 'concurrency'), 1000000)
            - coalesce(v_out_counts[array_position(v_out_ventures, n.venture)], 0) end as room
      ) r
      cross join lateral (
        select r.room > 0 and n.run_at <= v_now and not coalesce(n.type = any (v_blocked_types), false) 
          and not (n.paid and coalesce(v_paid_blocked or n.venture = any (v_unpaid_ventures), false)) as taken
      ) t
      where l.ventures <= p_want and l.lines < c_max_lines and l.looks < c_max_looks
        and (v_round = 1 or (n.venture, n.type, n.paid) <= (v_start_venture collate "C", v_start_type collate "C", v_start_paid))
    ), seen as materialized (
      select l.*, row_number() over (order by l.looks desc) = 1 as last from l where l.looks > 0 and l.ventures <= p_want
    )
    select array_agg(x.venture order by x.looks) filter (where x.taken), array_agg(x.type order by x.looks) filter (where x.taken), array_agg(x.paid order by x.looks) filter (where x.taken),
      array_agg(x.run_at order by x.looks) filter (where x.taken), array_agg(x.room order by x.looks) filter (where x.taken),
      max(x.after_venture) filter (where x.last), max(x.after_type) filter (where x.last), bool_or(x.after_paid) filter (where x.last),
      coalesce(max(x.looks), 0) >= c_max_looks or coalesce(max(x.lines), 0) >= c_max_lines or exists (select 1 from l where l.ventures > p_want)
    into v_new_ventures, v_new_types, v_new_paid, v_new_from, v_new_room, v_last_venture, v_last_type, v_last_paid, v_cut
    from seen x;
    v_line_venture := v_line_venture || v_new_ventures; v_line_type := v_line_type || v_new_types; v_line_paid := v_line_paid || v_new_paid;
    -- Where each line begins: the second look need not go over the index entries of jobs that left it.
    v_line_from := v_line_from || v_new_from; v_line_room := v_line_room || v_new_room;
    if v_last_venture is not null then v_after_venture := v_last_venture; v_after_type := v_last_type; v_after_paid := v_last_paid; end if;
    exit when v_cut;
    v_all_seen := v_round = 2 or p_cursor = '';
    exit when v_all_seen;
    v_after_venture := ''; v_after_type := ''; v_after_paid := false;
  end loop;
  v_cursor := case when v_all_seen then '' else v_after_venture || '|' || v_after_type || '|' || case when v_after_paid then 't' else 'f' end end;
  select array_agg(u.venture order by u.n), array_agg(u.room order by u.n), min(u.room), max(u.lines) into v_ventures, v_room, v_least_room, v_most_lines
  from (select u.venture, min(u.n) as n, min(u.room) as room, count(*)::int as lines from unnest(v_line_venture, v_line_room) with ordinality u(venture, room, n) group by u.venture) u;

  -- 2. Take a fair share of each venture, spread over its lines, in turn; a second pass gives away what others left.
  -- Which line of a venture comes first is drawn by lot: a share may be smaller than the number of lines.
  if cardinality(v_ventures) > 0 then
    for v_pass in 1..2 loop
      v_share := case v_pass when 1 then ceil(p_want::numeric / cardinality(v_ventures))::int else p_want end;
      with l as materialized (
        select u.n::int as n, u.venture, u.type, u.paid, u.since, array_position(v_ventures, u.venture) as v, random() as lot, count(*) over (partition by u.venture) as lines
        from unnest(v_line_venture, v_line_type, v_line_paid, v_line_from) with ordinality u(venture, type, paid, since, n)
      ), x as (
        select j.id, j.dispatch_no, l.n, l.v, row_number() over (partition by l.v order by j.n, l.lot) as turn
        from l cross join lateral (
          select j.id, j.dispatch_no, row_number() over (order by j.run_at, j.id) as n from public.jobs j
          where j.phase = 'q' and j.queue = v_queue and j.venture = l.venture and j.type = l.type and j.paid = l.paid and j.run_at between l.since and v_now
            and j.id not in (select o from unnest(p_out_ids) o)
          order by j.run_at, j.id limit case v_pass when 1 then ceil(least(v_share, v_room[l.v])::numeric / l.lines) else least(p_want, v_room[l.v]) end
        ) j
      ), y as (
        select x.* from x where x.turn <= least(v_share, v_room[x.v]) order by x.turn, x.v limit p_want
      )
      select array_agg(y.id order by y.turn, y.v), array_agg(y.dispatch_no order by y.turn, y.v), array_agg(y.n order by y.turn, y.v)
      into v_ids, v_nos, v_lines from y;
      -- Enough, or so few that no line and no venture came to the end of its share.
      exit when cardinality(v_ids) >= p_want or coalesce(cardinality(v_ids), 0) < ceil(least(v_share, v_least_room)::numeric / v_most_lines);
    end loop;
  end if;
  return query select 'ready', r.id, r.no, v_line_venture[r.line], v_line_type[r.line], null::text from unnest(v_ids, v_nos, v_lines) r(id, no, line);
  if v_again is not null then
    -- Used-up first starts hold back first starts only.
    return query select 'ready', a.job_id, a.dispatch_no, a.venture, a.type, null::text
    from holdpoint.pick_again(v_queue, v_again, v_blocked_types, v_unpaid_ventures || case when v_paid_blocked then '' end, p_out_ids, p_want - coalesce(cardinality(v_ids), 0)) a;
  end if;
  cursor := v_cursor;
  return next;
end $$;
comment on function holdpoint.pick_ready(uuid, text, text, int, text, uuid[], int[], text[], boolean) is
  'One dispatch tick for a queue: rows ''gone'' (of the set that is out: no longer ready; only with p_look), ''ready'' (up to p_want new ones, never more of a venture than its free concurrency) and last ''cursor'' (its dispatch_no is 1 while a concurrency limit is full: look again soon). Reads only: a hint is never a right to run.';
