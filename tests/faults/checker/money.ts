import type { History, Violation } from "./history.ts";

/** No cap was passed, the ledger sums to zero, and reservations, caps and ledger tell the same. */
export function checkMoney(history: History): Violation[] {
  return history.brokenMoney;
}

/** What was to happen outside happened at most once, and once where the job says so. */
export function checkEffects(history: History): Violation[] {
  const times = new Map<string, number>();
  for (const key of history.charges) times.set(key, (times.get(key) ?? 0) + 1);
  const twice = [...times].filter(([, n]) => n > 1);
  const missing = history.effects.filter((effect) => effect.hasReceipt && !times.has(effect.key));
  return [
    ...twice.map(([key, n]) => ({ rule: "effects", subject: key, finding: `it happened ${n} times` })),
    ...missing.map(({ key }) => ({ rule: "effects", subject: key, finding: "it has a receipt and never happened" })),
  ];
}
