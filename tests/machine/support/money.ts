import type { TestDatabase } from "@holdpoint/local/testing";
import { at } from "./at.ts";

interface CapFacts {
  /** Without one, the whole fleet. */
  venture?: string;
  day?: number;
  week?: number;
  threshold?: number;
}

/** Sets a cap as the owner would, in micro-dollars; the threshold is the cap itself unless given. */
export async function setCap(db: TestDatabase, { venture, day, week, threshold }: CapFacts): Promise<void> {
  const cap = day ?? week ?? 0;
  await db.query(
    `insert into public.caps (scope, key, period, venture, cap_microusd, threshold_microusd, set_by) values ($1, $2, $3, $4, $5, $6, 'test')
     on conflict (scope, key, period) do update set cap_microusd = excluded.cap_microusd, threshold_microusd = excluded.threshold_microusd`,
    [
      venture === undefined ? "everything" : "venture",
      venture ?? "",
      day === undefined ? "week" : "day",
      venture ?? "fleet",
      cap,
      day === undefined ? null : (threshold ?? cap),
    ],
  );
}

export interface Usage extends Record<string, unknown> {
  reserved: number;
  authorised: number;
  captured: number;
  overrun: number;
}

/** What is committed of today's cap of a venture, or (with no key) of the fleet. */
export async function usageOf(db: TestDatabase, key: string): Promise<Usage> {
  const rows = await db.query<Usage>(
    `select reserved_microusd::float8 as reserved, authorised_microusd::float8 as authorised, captured_microusd::float8 as captured, overrun_microusd::float8 as overrun
     from public.cap_usage where key = $1 and period = 'day' order by starts desc limit 1`,
    [key],
  );
  return at(rows, 0);
}
