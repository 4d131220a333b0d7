import { HoldpointError, parseMoney } from "@holdpoint/policy";
import { option } from "../../core/command.ts";

export interface CapOptions {
  venture?: string;
  day?: string;
  week?: string;
}

export const capOptions = [
  option("--venture <key>", "whose cap (default: the whole fleet's)"),
  option("--day <dollars>", "what may be spent in a day"),
  option("--week <dollars>", "what may be spent in a week, from Monday"),
];

/** Which cap the options name, and its new amount. Exactly one of --day and --week. */
export function capOf(options: CapOptions): { venture?: string; period: "day" | "week"; cap_microusd: number } {
  const { venture, day, week } = options;
  if ((day === undefined) === (week === undefined)) {
    throw new HoldpointError("invalid", "missing_option", "Give either --day or --week.", {
      field: "day",
      remedy: "For example: holdpoint caps set --venture acme --day 25",
    });
  }
  const target = venture === undefined ? {} : { venture };
  if (day !== undefined) return { ...target, period: "day", cap_microusd: parseMoney(day, "day") };
  return { ...target, period: "week", cap_microusd: parseMoney(week ?? "", "week") };
}
