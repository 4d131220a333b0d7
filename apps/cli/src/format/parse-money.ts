import { HoldpointError } from "@holdpoint/policy";

const MOST_DOLLARS = 1_000_000_000;

/** Reads dollars such as "25", "0.50" or "$1,000" as whole micro-dollars; throws `invalid`. */
export function parseMoney(text: string, field: string): number {
  const given = text
    .trim()
    .replace(/^\$/, "")
    .replaceAll(/,(?=\d{3})/g, "");
  if (text.trim().replace(/^\$/, "").startsWith("-")) {
    throw new HoldpointError("invalid", "negative_money", `"${text}" is negative; money here is zero or more.`, {
      field,
    });
  }
  if (!/^\d+(\.\d{1,6})?$/.test(given)) {
    throw new HoldpointError("invalid", "bad_money", `"${text}" is not an amount of dollars.`, {
      field,
      remedy: 'Write dollars with at most six decimals, for example "25" or "0.50".',
    });
  }
  if (Number(given) > MOST_DOLLARS) {
    throw new HoldpointError("invalid", "too_much_money", `"${text}" is more than a billion dollars.`, { field });
  }
  return Math.round(Number(given) * 1_000_000);
}
