import type { FleetLimits, Limit, Limits } from "@holdpoint/db/people";
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

/** The fleet's own limits in two sentences. */
export function fleetLimitsText({ workers, defaults }: FleetLimits): string {
  return [
    `Workers: ${workers.in_use} of ${workers.max} places taken${workers.standby > 0 ? `, ${workers.standby} on standby` : ""}.`,
    `A new venture begins with ${defaults.concurrency} concurrent runs and ${defaults.first_starts} first starts an hour.`,
  ].join("\n");
}

/** Limits as a table: what each allows, and what counts on it; then what holds providers back, and the fleet's own. */
export function limitsText(limits: Limits, { clock }: Context): string {
  const rows = limits.items.map((one) => {
    const until = one.wake_at === null ? "" : ` until ${exactTime(one.wake_at, clock)}`;
    return [
      `${one.scope}:${one.key}`,
      KINDS[one.kind],
      amount(one),
      `${one.in_use}`,
      one.blocked ? `FULL${until}` : "",
    ];
  });
  const held = limits.providers.flatMap(({ name, waits }) =>
    waits
      .filter(({ kind }) => kind !== "rate")
      .map(
        ({ reason, wake_at: at }) =>
          `provider:${name}: ${reason}${at === null ? "" : ` Until ${exactTime(at, clock)}.`}`,
      ),
  );
  return [
    rows.length === 0 ? "No limit is set." : table(["OF", "WHAT", "LIMIT", "IN USE", ""], rows, [2, 3]),
    ...(held.length === 0 ? [] : [held.join("\n")]),
    fleetLimitsText(limits),
  ].join("\n\n");
}
