import type pg from "pg";
import { MONEY_RULES } from "../../machine/support/check-money.ts";
import type { Violation } from "../checker/history.ts";
import type { Operator } from "./operator.ts";

const DOLLAR = 1_000_000;

/** Small caps, so that they are full most of the time: what waits behind them goes on when money is returned. */
export async function setCaps(owner: pg.Pool): Promise<void> {
  await owner.query(
    `insert into public.caps (scope, key, period, venture, cap_microusd, threshold_microusd, set_by)
     values ('everything', '', 'day', 'fleet', $1, $1, 'faults'), ('everything', '', 'week', 'fleet', $1, null, 'faults'), ('venture', 'acme', 'day', 'acme', $2, $2, 'faults')`,
    [16 * DOLLAR, 5 * DOLLAR],
  );
}

/** What an admin does about money all day: says how lost charges ended, and clears overruns that late bills made. */
export async function tendMoney(operator: Operator, owner: pg.Pool, did: ReadonlySet<string>): Promise<void> {
  const rows = await Promise.all([
    owner.query<{ id: string; key: string }>(
      `select e.job_id as id, e.key from public.effects e join public.jobs j on j.id = e.job_id
       where e.settled_at is null and (j.ended_at is not null or j.state in ('dead', 'quarantined')) limit 20`,
    ),
    owner.query<{ key: string }>("select key from public.blocks where kind = 'overrun'"),
  ]).catch(() => null);
  // The database is being restarted: the admin looks again later.
  if (rows === null) return;
  for (const { id, key } of rows[0].rows) {
    const happened = did.has(`holdpoint:${id}:${key}`);
    await operator.call("correct", "public.correct_authorisation($1, $2, $3, 'the provider says so')", [
      id,
      key,
      happened,
    ]);
  }
  for (const { key } of rows[1].rows) {
    await operator.call("clear", "public.clear_overrun($1, 'a late bill')", [key]);
  }
}

/** In the order of the ledger, which is that of the caps' locks: no reservation past a cap. The caps never change here. */
const PAST_A_CAP = `
  select * from (
    select c.key, c.period, c.cap_microusd, l.id, l.reason, l.account,
      sum(l.amount_microusd) filter (where l.account <> 'budget')
        over (partition by c.key, c.period, case c.period when 'day' then l.day else l.week end order by l.id) as committed
    from public.caps c join public.ledger l on c.scope = 'everything' or l.venture = c.key
  ) s where s.reason = 'reserve' and s.account = 'reserved' and s.committed > s.cap_microusd`;

/** Every rule of money that the database's own rows break. */
export async function brokenMoneyRules(owner: pg.Pool): Promise<Violation[]> {
  const rules = { ...MONEY_RULES, "never past a cap": PAST_A_CAP };
  const found: Violation[] = [];
  for (const [rule, sql] of Object.entries(rules)) {
    const { rows } = await owner.query(sql);
    if (rows.length > 0) found.push({ rule: "money", subject: rule, finding: JSON.stringify(rows.slice(0, 3)) });
  }
  return found;
}
