import { expect } from "vitest";
import type { TestDatabase } from "@holdpoint/local/testing";

/** How many calls wait for a lock. */
export async function waiting(db: TestDatabase): Promise<number> {
  const [row] = await db.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return row?.n ?? 0;
}

/**
 * Lets calls meet: someone else holds what `hold` locks while they begin, one after the other, each until it waits;
 * then lets go and awaits them all. The same interleaving each time.
 */
export async function meet<T>(db: TestDatabase, hold: string, calls: readonly (() => Promise<T>)[]): Promise<T[]> {
  const holder = await db.owner.connect();
  const started: Promise<T>[] = [];
  try {
    await holder.query(`begin; ${hold}`);
    for (const call of calls) {
      const answer = call();
      // Awaited below; until then its failure is nobody's.
      answer.catch(() => undefined);
      started.push(answer);
      await expect.poll(() => waiting(db), { interval: 5, timeout: 1_500 }).toBe(started.length);
    }
  } finally {
    await holder.query("commit");
    holder.release();
  }
  return Promise.all(started);
}
