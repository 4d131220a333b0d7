import type { TestDatabase } from "@holdpoint/local/testing";

/** Ventures `v-0000` on, with a concurrency limit of 3 and many first starts. */
export async function addVentures(db: TestDatabase, count: number): Promise<void> {
  await db.query(
    "select holdpoint.insert_venture(jsonb_build_object('key', 'v-' || to_char(n, 'FM0000')), 'system', 'test') from generate_series(0, $1 - 1) n",
    [count],
  );
  await db.query("update public.limits set max = 1000000 where kind = 'first_starts'");
}

/**
 * Queued jobs by one INSERT … SELECT, as admission leaves them; `venture` and `type` are SQL expressions over n. Their
 * streams hold the number and hash of an event that is not there. `more` names other columns, and may set run_at.
 */
export async function insertQueued(
  db: TestDatabase,
  count: number,
  venture: string,
  type: string,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { run_at: runAt = "now()", ...others } = more;
  const columns = Object.keys(others).map((name) => `, ${name}`);
  const values = Object.values(others).map((value) => `, ${value}`);
  await db.query(
    `insert into public.jobs (id, type, type_version, venture, queue, payload, size, run_at, state, phase, dispatch_no, tier, rule, policy_version,
       plan_hash, seq, head, submitted_by_kind, submitted_by_id, created_at, updated_at${columns.join("")})
     select holdpoint.new_id(), ${type}, 1, ${venture}, 'job', '{}', 'small', ${runAt}, 'queued', 'q', 1, 'small', 'test', 1,
       sha256('plan'), 2, sha256('head'), 'operator', 'test', now(), now()${values.join("")}
     from generate_series(1, $1) n`,
    [count],
  );
}
