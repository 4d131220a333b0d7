import type { Violation } from "../../faults/checker/history.ts";
import type { LivedWeek } from "../sim/week.ts";

/** A lease, an expiry or a wake-up may lie so far behind the week's end; nothing lies before its beginning. */
const BEYOND_MS = 8 * 24 * 3_600_000;
/** What the migration runner writes. */
const NOT_OURS = new Set(["holdpoint.migration_hashes"]);

/** No column of any table holds a time outside of the simulation: nothing there read a real clock. */
export async function checkTimes({ db, bornMs, endMs }: LivedWeek): Promise<Violation[]> {
  const columns = await db.query<{ name: string; column: string }>(
    `select n.nspname || '.' || c.relname as name, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'holdpoint') and c.relkind in ('r', 'p') and not c.relispartition and a.atttypid = 'timestamptz'::regtype and not a.attisdropped order by 1, 2`,
  );
  const from = new Date(bornMs).toISOString();
  const until = new Date(endMs + BEYOND_MS).toISOString();
  const found: Violation[] = [];
  for (const { name, column } of columns) {
    if (NOT_OURS.has(name)) continue;
    const [row] = await db.query<{ least: Date | null; most: Date | null }>(
      `select min(${column}) filter (where ${column} < $1) as least, max(${column}) filter (where ${column} > $2 and ${column} <> holdpoint.never()) as most from ${name}`,
      [from, until],
    );
    const outside = row?.least ?? row?.most ?? null;
    if (outside !== null)
      found.push({ rule: "simulated time", subject: `${name}.${column}`, finding: outside.toISOString() });
  }
  return found;
}
