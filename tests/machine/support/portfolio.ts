import { saveArtifact, saveEvidence, saveSteps, settleRuns, writeLogs } from "@holdpoint/db/runtime";
import { settlement } from "./scene.ts";
import type { Scene } from "./scene.ts";

/** Jobs of one venture, by what they are there for. */
export interface VentureJobs {
  held: string;
  ended: string;
  dead: string;
  /** An engaged stop of the venture. */
  stop: string;
  /** A standing approval. */
  standing: string;
  /** The dead job's. */
  incident: string;
  /** An operation on many jobs that is over. */
  operation: string;
}

/** A row of this venture in every table that has a venture. */
export async function fillVenture(scene: Scene, venture: string): Promise<VentureJobs> {
  const [held] = await scene.admitted(1, { venture, decision: "held" });
  const [ended, dead] = await scene.running(2, { venture });
  if (held === undefined || ended === undefined || dead === undefined) throw new Error("no jobs were made");
  const lease = ended;
  await saveSteps(scene.on, scene.worker, lease.jobId, lease.token, [
    { name: "one", result: {}, startedAt: new Date() },
  ]);
  await writeLogs(scene.on, scene.worker, [{ ...lease, chunkNo: 1, stream: "stdout", text: `secret of ${venture}` }]);
  await saveArtifact(scene.on, scene.worker, {
    ...lease,
    name: "out.tar",
    mediaType: "application/x-tar",
    bytes: 1,
    sha256: "0".repeat(64),
    path: "x",
    facts: {},
  });
  const seen = { subject: "site", kind: "http", ok: true, finding: "200", lifetime_ms: 60_000 };
  await saveEvidence(scene.on, scene.worker, lease, venture, [seen]);
  const badInput = { outcome: "failed", errorClass: "bad_input", errorMessage: "bad" } as const;
  await settleRuns(scene.on, scene.worker, [settlement(lease), settlement({ ...dead, ...badInput })]);
  const owner = scene.db;
  await owner.query(
    `insert into public.decisions (id, job_id, venture, job_type, verb, by_user, by_email, run_no, retries_used, waited_ms, at)
     values (gen_random_uuid(), $1, $2, 'plain', 'reject', gen_random_uuid(), 'someone@example.test', 0, 0, 0, now())`,
    [held.id, venture],
  );
  await owner.query(
    "insert into public.caps (scope, key, period, venture, cap_microusd, threshold_microusd, set_by) values ('venture', $1::text, 'day', $1::text, 2, 1, 'test')",
    [venture],
  );
  await owner.query(
    `insert into public.effects (job_id, key, venture, kind, settle, run_no, token, not_after, intent_at)
     values ($1, 'k', $2, 'other', 'reconcile', 1, 1, now(), now())`,
    [lease.jobId, venture],
  );
  await owner.query(
    "insert into public.comments values (gen_random_uuid(), $1, $2, gen_random_uuid(), 'someone@example.test', 'a word', now())",
    [lease.jobId, venture],
  );
  await owner.query(
    `insert into public.waits (job_id, type_version, call, venture, kind, name, until, asked_at, answer, answered_at)
     values ($1, 1, 'sleep:sleep#1', $2, 'sleep', 'sleep', now(), now(), 'woken', now())`,
    [lease.jobId, venture],
  );
  await owner.query(
    `insert into public.signals (job_id, no, id, venture, name, data, data_sha256, by_kind, by_id, sent_at)
     values ($1, 1, 'one', $2, 'paid', '{}', '', 'operator', 'someone@example.test', now())`,
    [lease.jobId, venture],
  );
  const [standing] = await owner.query<{ id: string }>(
    `with s as (insert into public.standing_approvals (id, venture, type, type_version, plan_hash, plan, approval, until, budget_microusd, reason, made_by, made_at)
       values (gen_random_uuid(), $1, 'plain', 1, '', '{}', '{"people":1}', now(), 0, 'a test', 'someone@example.test', now()) returning id)
     insert into public.standing_signatures select id, $1, gen_random_uuid(), 'someone@example.test', null, now() from s returning standing_id as id`,
    [venture],
  );
  await owner.query("insert into public.alerts values (gen_random_uuid(), $1, 'test', 'a title', null, now())", [
    venture,
  ]);
  await owner.query(
    `insert into public.ledger_entries (reason, venture, job_id, run_no, budget_microusd, overrun_microusd, day, week)
     values ('settle', $1, $2, 9, -1, 1, now(), now())`,
    [venture, lease.jobId],
  );
  await owner.query(
    `insert into public.reservations (job_id, run_no, venture, day, week, reserved_microusd, left_microusd, overrun_microusd, at, closed_at)
     values ($2, 9, $1, now(), now(), 0, 0, 1, now(), now())`,
    [venture, lease.jobId],
  );
  await owner.query(
    `insert into public.cap_usage (scope, key, period, starts, venture, limit_microusd, overrun_microusd) values ('venture', $1::text, 'day', now(), $1::text, 2, 1)`,
    [venture],
  );
  const [stop] = await owner.query<{ id: string }>(
    "select holdpoint.insert_stop('venture', $1::text, $1::text, 'a test', 'system', 'test') as id",
    [venture],
  );
  await owner.query(
    "insert into public.job_links values ($1, $2, $3, 'replay', null, false, false, 'someone@example.test', now())",
    [held.id, lease.jobId, venture],
  );
  const [incident] = await owner.query<{ id: string }>("select id from public.incidents where job_id = $1", [
    dead.jobId,
  ]);
  const [operation] = await owner.query<{ id: string }>(
    `insert into public.bulk_operations (id, verb, reason, filter, as_of, venture, by_user, by_email, state, total, skipped, per_minute, next_at, started_at, ended_at)
     values (gen_random_uuid(), 'discard', 'a test', '{}', now(), $1, gen_random_uuid(), 'someone@example.test', 'done', 1, 1, 60, now(), now(), now()) returning id`,
    [venture],
  );
  await owner.query("insert into public.bulk_items values ($1, $2, $3, $4, 'skipped', null, now())", [
    operation?.id,
    dead.jobId,
    incident?.id,
    venture,
  ]);
  return {
    held: held.id,
    ended: lease.jobId,
    dead: dead.jobId,
    stop: stop?.id ?? "",
    standing: standing?.id ?? "",
    incident: incident?.id ?? "",
    operation: operation?.id ?? "",
  };
}
