import type pg from "pg";
import type { TestDatabase } from "@holdpoint/local/testing";

/**
 * Every cap that was ever in force, by the ledger's position at which it began: its row is locked while both are
 * written, and so are all entries under it. From this the check below knows what each reservation was allowed.
 */
export async function keepCapsLog(db: TestDatabase): Promise<void> {
  await db.query(
    "create table public.test_caps (scope public.block_scope, key text, period public.cap_period, after bigint, cap bigint, until timestamptz)",
  );
  await logCaps(db.owner);
}

const logCaps = (on: Pick<pg.ClientBase, "query">) =>
  on.query(
    `insert into public.test_caps select c.scope, c.key, c.period, coalesce((select max(id) from public.ledger), 0), v.cap, v.until
     from public.caps c cross join lateral (values (c.cap_microusd, null), (c.override_microusd, c.override_until)) v(cap, until) where v.cap is not null`,
  );

/** Changes caps as the people's functions do: under the rows' locks, and the blocks with them. */
export async function changeCaps(db: TestDatabase, change: string, values: unknown[]): Promise<void> {
  const on = await db.owner.connect();
  try {
    await on.query("begin");
    await on.query("select from public.caps order by scope, key, period for update");
    await on.query(change, values);
    await logCaps(on);
    await on.query("select 1 from public.ventures order by key for no key update");
    await on.query(
      "select holdpoint.refresh_cap_blocks(array(select key::text from public.ventures), 'system', 'test')",
    );
    await on.query("commit");
  } catch (error) {
    await on.query("rollback");
    throw error;
  } finally {
    on.release();
  }
}

/**
 * Reservations that took a period past every cap that was in force then, worked out from the ledger alone: in the order
 * of its ids, which is the order of the cap's lock. An override that has just run out is allowed a second.
 */
export const PAST_A_CAP = `
  with spent as (
    select c.scope, c.key, c.period, l.id, l.at, l.reason, l.account,
      sum(l.amount_microusd) filter (where l.account <> 'budget')
        over (partition by c.scope, c.key, c.period, case c.period when 'day' then l.day else l.week end order by l.id) as committed
    from public.caps c join public.ledger l on c.scope = 'everything' or l.venture = c.key
  )
  select s.*, a.allowed from spent s
  cross join lateral (
    select max(t.cap) as allowed from (
      (select t.cap from public.test_caps t where t.scope = s.scope and t.key = s.key and t.period = s.period and t.after < s.id
        and t.until > s.at - interval '1 second' order by t.after desc, t.ctid desc limit 1)
      union all
      (select t.cap from public.test_caps t where t.scope = s.scope and t.key = s.key and t.period = s.period and t.after < s.id
        and t.until is null order by t.after desc, t.ctid desc limit 1)
    ) t
  ) a
  where s.reason = 'reserve' and s.account = 'reserved' and s.committed > a.allowed`;
