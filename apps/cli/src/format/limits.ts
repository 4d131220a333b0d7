import type { Limit, Limits } from "@holdpoint/db/people";
import { formatDuration } from "@holdpoint/policy";
import type { Context } from "../core/context.ts";
import { table } from "./table.ts";
import { exactTime } from "./time.ts";

const KINDS = { concurrency: "concurrent runs", first_starts: "first starts an hour", rate: "starts" } as const;

/** "concurrent runs of type build". */
export function limitName({ scope, key, kind }: Pick<Limit, "scope" | "key" | "kind">): string {
  return `${KINDS[kind]} of ${scope} ${key}`;
}

/** "100 in 1 m" of a rate, else the number. */
export function amount({ max, per_ms: per }: { max: number | null; per_ms: number | null }): string {
  return per === null ? `${max}` : `${max} in ${formatDuration(per)}`;
}

/** Limits as a table: what each allows, and what counts on it. */
export function limitsText({ items }: Limits, { clock }: Context): string {
  if (items.length === 0) return "No limit is set.";
  const rows = items.map((one) => {
    const until = one.wake_at === null ? "" : ` until ${exactTime(one.wake_at, clock)}`;
    return [
      `${one.scope}:${one.key}`,
      KINDS[one.kind],
      amount(one),
      `${one.in_use}`,
      one.blocked ? `FULL${until}` : "",
    ];
  });
  return table(["OF", "WHAT", "LIMIT", "IN USE", ""], rows, [2, 3]);
}
