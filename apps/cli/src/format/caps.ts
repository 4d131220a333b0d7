import type { Cap, Caps } from "@holdpoint/db/people";
import type { Context } from "../core/context.ts";
import { money } from "./money.ts";
import { table } from "./table.ts";
import { exactTime } from "./time.ts";

/** "acme's cap a day", "the fleet's cap a week". */
export function capName({ venture, period }: Pick<Cap, "venture" | "period">): string {
  return `${venture ?? "the fleet"}'s cap a ${period}`;
}

/** Caps as a table: what each allows, what is gone of it, and when its period ends. */
export function capsText({ items, time_zone: zone }: Caps, context: Context): string {
  if (items.length === 0) {
    return "No cap is set: automatic spend is off and every paid job is held.\nSet one: holdpoint caps set --day 25";
  }
  const head = ["OF", "CAP A", "CAP", "APPROVAL PAST", "CAPTURED", "AUTHORISED", "RESERVED", "LEFT", "ENDS", ""];
  const rows = items.map((cap) => [
    cap.venture ?? "the fleet",
    cap.period,
    money(cap.cap_microusd),
    cap.threshold_microusd === null ? "" : money(cap.threshold_microusd),
    money(cap.captured_microusd + cap.overrun_microusd),
    money(cap.authorised_microusd),
    money(cap.reserved_microusd),
    money(cap.left_microusd),
    exactTime(cap.ends_at, context.clock),
    notes(cap, context),
  ]);
  return `${table(head, rows, [2, 3, 4, 5, 6, 7])}\n\nPeriods end in the zone ${zone}.`;
}

function notes(cap: Cap, { clock }: Context): string {
  const found: string[] = [];
  if (cap.override_until !== null) {
    found.push(`overridden until ${exactTime(cap.override_until, clock)}, then ${money(cap.base_microusd)}`);
  }
  if (cap.overrun_microusd > 0) found.push(`${money(cap.overrun_microusd)} of it overrun`);
  if (cap.blocked) found.push("FULL: paid work waits");
  if (cap.overrun_blocked) found.push("OVERRUN: paid work waits for an admin");
  return found.join("; ");
}
