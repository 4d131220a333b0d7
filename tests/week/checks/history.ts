import { check } from "../../faults/checker/check.ts";
import type { Violation } from "../../faults/checker/history.ts";
import { auditOf } from "../../faults/harness/audit.ts";
import { collect } from "../../faults/harness/collect.ts";
import { MONEY_RULES } from "../../machine/support/check-money.ts";
import type { LivedWeek } from "../sim/week.ts";

/** The fault harness's own checker over the whole week. */
export async function checkHistory(week: LivedWeek): Promise<Violation[]> {
  const { db } = week;
  const facts = await collect(db.owner);
  // The harness's rule of stops is for stops of everything; stops.ts has one for every scope.
  const whole = await db.query<{ block: string }>(
    "select body::jsonb #>> '{data,block}' as block from public.venture_events where type = 'stop.engaged' and body::jsonb #>> '{data,scope}' = 'everything'",
  );
  const blocks = new Set(whole.map(({ block }) => block));
  return check({
    ...facts,
    stops: facts.stops.filter(({ block }) => blocks.has(block)),
    // Caps change in this week: money.ts compares with the cap that was in force.
    brokenMoney: await brokenMoney(week),
    audit: await auditOf(db.owner, week.anchorFile),
    charges: week.deeds.map(({ key }) => key),
    calls: [...week.calls],
    sent: [...week.sent],
    triggers: [],
    seen: [...week.seen],
    settledAfterMs: week.restedAfterMs,
    settleBoundMs: Number.MAX_SAFE_INTEGER,
  });
}

async function brokenMoney({ db }: LivedWeek): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const [rule, sql] of Object.entries(MONEY_RULES)) {
    const rows = await db.query(sql);
    if (rows.length > 0) found.push({ rule: "money", subject: rule, finding: JSON.stringify(rows.slice(0, 3)) });
  }
  const [sum] = await db.query<{ sum: string }>(
    "select coalesce(sum(amount_microusd), 0)::text as sum from public.ledger",
  );
  if (sum?.sum !== "0") found.push({ rule: "money", subject: "the ledger's sum", finding: String(sum?.sum) });
  return found;
}
