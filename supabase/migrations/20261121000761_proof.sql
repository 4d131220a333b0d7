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
