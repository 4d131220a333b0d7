import { parseDollars } from "./dollars.ts";
import { HoldpointError } from "./errors.ts";

const MOST_MICROUSD = 1_000_000_000_000_000;

/** Reads dollars such as "25", "0.50" or "$1,000" as whole micro-dollars; throws `invalid`. */
export function parseMoney(text: string, field: string): number {
  const parsed = parseDollars(text.replaceAll(/(?<=\d),(?=\d{3})/g, ""));
  if (!parsed.ok) {
    throw new HoldpointError("invalid", "bad_money", `${parsed.problem}.`, {
      field,
      remedy: 'Write dollars with at most six decimals, for example "25" or "0.50".',
    });
  }
  if (parsed.microusd > MOST_MICROUSD) {
    throw new HoldpointError("invalid", "too_much_money", `"${text}" is more than a billion dollars.`, { field });
  }
  return parsed.microusd;
}
