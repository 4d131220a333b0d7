import { z } from "zod";
import { amount } from "./amount.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

export const ledgerAccounts = ["budget", "reserved", "authorised", "captured", "overrun"] as const;

const filter = z.strictObject({
  venture: z.string().optional(),
  job: z.guid("must be a job's id").optional(),
  account: z.enum(ledgerAccounts).optional(),
  day: z.iso.date("must be a date like 2026-11-21").optional(),
});
const row = z.object({
  id: amount,
  entry: amount,
  reason: z.string(),
  account: z.enum(ledgerAccounts),
  venture: z.string(),
  job_id: z.string(),
  run_no: z.number(),
  amount_microusd: amount,
  day: z.string(),
  week: z.string(),
  at: instant,
});
export type LedgerRow = z.output<typeof row>;
const page = z.object({ items: z.array(row), next: amount.nullable() });

/** Rows of the ledger, newest first; `next` is the place to go on from. */
export function listLedger(
  client: PeopleClient,
  request: z.input<typeof filter>,
  before: number | null = null,
  limit = 50,
): Promise<z.output<typeof page>> {
  const parsed = parseInput(filter, request);
  return callRpc(client, "list_ledger", { p_filter: parsed, p_before: before, p_limit: limit }, page);
}

const balance = z.object({
  sum_microusd: amount,
  items: z.array(z.object({ venture: z.string(), account: z.enum(ledgerAccounts), amount_microusd: amount })),
});
export type LedgerBalance = z.output<typeof balance>;

/** The balance of each account by venture; all together they are zero. */
export function ledgerBalance(
  client: PeopleClient,
  request: Omit<z.input<typeof filter>, "account">,
): Promise<LedgerBalance> {
  return callRpc(client, "ledger_balance", { p_filter: parseInput(filter, request) }, balance);
}
