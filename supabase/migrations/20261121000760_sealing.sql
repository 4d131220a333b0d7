-- Holdpoint, part 7.6: sealing. Checkpoints over the heads of all streams, chained, to be anchored outside.
--
-- The hashes here are those of packages/db/src/audit/hashes.ts, which recomputes them from the stored bytes.

create table holdpoint.anchored (
  host text primary key,
  no bigint not null,
  seen_at timestamptz not null
);
alter table holdpoint.anchored enable row level security;
comment on table holdpoint.anchored is 'Per machine: up to which checkpoint its anchor file goes, and when its sealing duty last saw that it is complete.';

-- Merkle trees (RFC 6962): leaf = sha256(0x00 || data), node = sha256(0x01 || left || right) -------------------------

create function holdpoint.leaf_hash(p_stream uuid, p_seq int, p_head bytea) returns bytea language sql immutable as $$
  select sha256('\x00'::bytea || uuid_send(p_stream) || int4send(p_seq) || p_head)
$$;
comment on function holdpoint.leaf_hash(uuid, int, bytea) is 'The leaf of a stream''s head in a checkpoint''s tree.';

create function holdpoint.merkle_level(p_hashes bytea[]) returns bytea[] language sql immutable set search_path = '' as $$
  select array(
    select case when p.b is null then p.a else sha256('\x01'::bytea || p.a || p.b) end
    from (select u.n, u.h as a, lead(u.h) over (order by u.n) as b from unnest(p_hashes) with ordinality u(h, n)) p
    where p.n % 2 = 1 order by p.n)
$$;
comment on function holdpoint.merkle_level(bytea[]) is 'The level above: pairs hashed; the last one of an odd count goes up as it is.';

create function holdpoint.merkle_root(p_hashes bytea[]) returns bytea language plpgsql immutable set search_path = '' as $$
begin
  while cardinality(p_hashes) > 1 loop p_hashes := holdpoint.merkle_level(p_hashes); end loop;
  return p_hashes[1];
end $$;
comment on function holdpoint.merkle_root(bytea[]) is 'The root over leaf hashes; null of none.';

create function holdpoint.merkle_path(p_hashes bytea[], p_index int) returns text[] language plpgsql immutable set search_path = '' as $$
declare v_path text[] := '{}';
begin
  while cardinality(p_hashes) > 1 loop
    if p_index % 2 = 1 then
      v_path := v_path || encode(p_hashes[p_index], 'hex');
    elsif p_index + 2 <= cardinality(p_hashes) then
      v_path := v_path || encode(p_hashes[p_index + 2], 'hex');
    end if;
    p_hashes := holdpoint.merkle_level(p_hashes);
    p_index := p_index / 2;
  end loop;
  return v_path;
end $$;
comment on function holdpoint.merkle_path(bytea[], int) is 'What must be hashed with the leaf number p_index (from 0), from below, to get the root.';

-- The leaves as rows -------------------------------------------------------------------------------------------------

create function holdpoint.unpack_heads(p_heads bytea) returns table (index int, stream uuid, seq int, head bytea)
language sql immutable set search_path = '' as $$
  -- The concatenation brings the bytes in once; else each substring would fetch its own slice.
  select n, encode(substring(d.h from n * 52 + 1 for 16), 'hex')::uuid,
    ('x' || encode(substring(d.h from n * 52 + 17 for 4), 'hex'))::bit(32)::int, substring(d.h from n * 52 + 21 for 32)
  from (select p_heads || ''::bytea as h offset 0) d cross join lateral generate_series(0, length(d.h) / 52 - 1) n
$$;
comment on function holdpoint.unpack_heads(bytea) is 'A row of holdpoint.sealed_heads as rows.';

-- Sealing ------------------------------------------------------------------------------------------------------------

create function holdpoint.seal_hash(p_previous bytea, p_no bigint, p_epoch int, p_up_to xid8, p_streams int, p_at timestamptz, p_root bytea) returns bytea
language sql stable as $$
  select sha256(coalesce(p_previous, sha256('holdpoint/seal/1'::bytea)) || int8send(p_no) || int4send(p_epoch) || int8send(p_up_to::text::bigint)
    || int4send(p_streams) || int8send(holdpoint.micros(p_at)) || p_root)
$$;
comment on function holdpoint.seal_hash(bytea, bigint, int, xid8, int, timestamptz, bytea) is 'The hash of a checkpoint: binds the one before it.';

create function holdpoint.seal_cut(p_epoch int, p_xid xid8, p_most int, out epoch int, out xid xid8)
language sql stable set search_path = '' set enable_seqscan = off as $$
  select c.epoch, c.xid
  from (
    select f.epoch, f.xid, f.id, sum(cardinality(f.streams)) over w as n, first_value(f.epoch) over w as first_epoch, first_value(f.xid) over w as first_xid
    from (select f.* from holdpoint.feed f where (f.epoch, f.xid) >= (p_epoch, p_xid) order by f.epoch, f.xid, f.id limit p_most + 1) f
    window w as (order by f.epoch, f.xid, f.id)
  ) c
  where c.n > p_most and (c.epoch, c.xid) > (c.first_epoch, c.first_xid) order by c.epoch, c.xid limit 1
$$;
comment on function holdpoint.seal_cut(int, xid8, int) is 'The position before which about p_most events lie; null when there are fewer.';

create function holdpoint.seal(p_worker uuid, p_key text, p_most int default 50000) returns jsonb
language plpgsql volatile security definer set search_path = '' set enable_seqscan = off set jit = off as $$
declare
  v_last holdpoint.checkpoints; v_from_epoch int; v_from xid8; v_epoch int; v_to xid8; v_cut record; v_more boolean; v_no bigint; v_at timestamptz; v_root bytea; v_hash bytea;
  v_streams uuid[]; v_seqs int[]; v_heads bytea[];
begin
  perform holdpoint.check_worker(p_worker, p_key);
  if not pg_try_advisory_xact_lock(7263450915) then return null; end if;
  select * into v_last from holdpoint.checkpoints order by no desc limit 1;
  select epoch into v_epoch from holdpoint.installation;
  v_from_epoch := coalesce(v_last.epoch, 0);
  v_from := coalesce(v_last.up_to_xid, '0'::xid8);
  v_to := pg_snapshot_xmin(pg_current_snapshot());
  select * into v_cut from holdpoint.seal_cut(v_from_epoch, v_from, p_most);
  v_more := coalesce((v_cut.epoch, v_cut.xid) < (v_epoch, v_to), false);
  if v_more then v_epoch := v_cut.epoch; v_to := v_cut.xid; end if;
  select array_agg(m.stream order by m.stream), array_agg(m.seq order by m.stream), array_agg(m.head order by m.stream) into v_streams, v_seqs, v_heads
  from (
    -- What the feed names and no table has is sealed as zeros: verifying names it.
    select s.stream, s.seq, coalesce(j.hash, o.hash, decode(repeat('00', 32), 'hex')) as head
    from (
      select s.stream, max(s.seq) as seq from holdpoint.feed f cross join lateral unnest(f.streams, f.seqs) s(stream, seq)
      where (f.epoch, f.xid) >= (v_from_epoch, v_from) and (f.epoch, f.xid) < (v_epoch, v_to) group by s.stream
    ) s
    left join lateral (select e.hash from public.job_events e where e.stream = s.stream and e.seq = s.seq) j on true
    left join lateral (select e.hash from public.venture_events e where e.stream = s.stream and e.seq = s.seq) o on true
  ) m;
  if v_streams is null then return null; end if;
  v_no := coalesce(v_last.no, 0) + 1;
  v_at := clock_timestamp();
  v_root := holdpoint.merkle_root(array(select holdpoint.leaf_hash(u.s, u.q, u.h) from unnest(v_streams, v_seqs, v_heads) with ordinality u(s, q, h, n) order by u.n));
  v_hash := holdpoint.seal_hash(v_last.hash, v_no, v_epoch, v_to, cardinality(v_streams), v_at, v_root);
  insert into holdpoint.checkpoints (no, epoch, up_to_xid, streams, root, sealed_at, hash) values (v_no, v_epoch, v_to, cardinality(v_streams), v_root, v_at, v_hash);
  insert into holdpoint.sealed_heads (no, part, first, last, heads)
  select v_no, (u.n - 1) / 1000, (array_agg(u.s order by u.n))[1], (array_agg(u.s order by u.n desc))[1], string_agg(uuid_send(u.s) || int4send(u.q) || u.h, ''::bytea order by u.n)
  from unnest(v_streams, v_seqs, v_heads) with ordinality u(s, q, h, n) group by 2;
  return jsonb_build_object('no', v_no, 'streams', cardinality(v_streams), 'more', v_more);
end $$;
comment on function holdpoint.seal(uuid, text, int) is
  'Seals the heads of all streams that moved since the last checkpoint, up to the snapshot''s xmin, at most about p_most events (more: there are others). Null: nothing moved, or another process seals. The caller anchors it outside.';

create function holdpoint.read_checkpoints(p_worker uuid, p_key text, p_after bigint, p_limit int)
returns table (no bigint, epoch int, up_to text, streams int, sealed_at bigint, root text, hash text)
language plpgsql stable security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  return query
  select c.no, c.epoch, c.up_to_xid::text, c.streams, holdpoint.micros(c.sealed_at), encode(c.root, 'hex'), encode(c.hash, 'hex')
  from holdpoint.checkpoints c where c.no > p_after order by c.no limit p_limit;
end $$;
comment on function holdpoint.read_checkpoints(uuid, text, bigint, int) is 'Checkpoints after a number, in order: what the anchor file of this machine lacks.';

create function holdpoint.note_anchor(p_worker uuid, p_key text, p_no bigint) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare v_worker public.workers := holdpoint.check_worker(p_worker, p_key);
begin
  insert into holdpoint.anchored (host, no, seen_at) values (v_worker.host, p_no, clock_timestamp())
  on conflict (host) do update set no = excluded.no, seen_at = excluded.seen_at;
end $$;
comment on function holdpoint.note_anchor(uuid, text, bigint) is 'This machine''s anchor file is complete up to this checkpoint.';

create function holdpoint.note_verification(p_ok boolean, p_finding text, p_facts jsonb) returns void
language sql volatile set search_path = '' as $$
  insert into public.evidence (id, venture, subject, kind, ok, finding, facts, source, seen_at, stale_at)
  select holdpoint.new_id(), 'fleet', 'audit', 'audit_verify', p_ok, left(p_finding, 2000), p_facts, 'holdpoint audit verify', t, t + interval '7 days' from clock_timestamp() t
$$;
comment on function holdpoint.note_verification(boolean, text, jsonb) is 'Evidence of a whole verification, for a week. The owner''s only: it is written by whoever could read everything.';
