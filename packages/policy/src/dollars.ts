const MICROUSD_IN_A_DOLLAR = 1_000_000n;
const PLAIN_DECIMAL = /^(-?)\$?(\d{1,30})(?:\.(\d{1,30}))?$/;
/** So many digits survive a JSON or YAML number; more must be written as text. */
const SURE_DIGITS = 15;

export type ParsedDollars =
  | { readonly ok: true; readonly microusd: number }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads an amount of dollars ("25", "0.000001", "$1.50", or a number) exactly as micro-dollars: no rounding. A negative
 * amount, one of more than six decimals and one past 2^53 micro-dollars (about nine billion dollars) are problems.
 */
export function parseDollars(given: string | number): ParsedDollars {
  const text = String(given).trim();
  const found = PLAIN_DECIMAL.exec(text);
  if (found === null) return no(`"${text}" is not an amount of dollars, such as 25 or "0.05"`);
  const [, sign, whole = "", decimals = ""] = found;
  if (typeof given === "number" && (whole + decimals).replace(/^0+/, "").length > SURE_DIGITS) {
    return no(`${text} has more digits than a number keeps: write it in quotes`);
  }
  if (sign === "-") return no(`${text} is negative: an amount is zero or more`);
  if (decimals.length > 6) return no(`${text} is finer than a millionth of a dollar`);
  const microusd = BigInt(whole) * MICROUSD_IN_A_DOLLAR + BigInt(decimals.padEnd(6, "0"));
  if (microusd > BigInt(Number.MAX_SAFE_INTEGER)) {
    return no(`${text} is more than 9007199254.740991 dollars, the most that can be counted exactly`);
  }
  return { ok: true, microusd: Number(microusd) };
}

/** Micro-dollars as exact dollars, without needless zeros: "25", "0.05". */
export function dollarsOf(microusd: number): string {
  const digits = String(Math.abs(microusd)).padStart(7, "0");
  const decimals = digits.slice(-6).replace(/0+$/, "");
  return `${microusd < 0 ? "-" : ""}${digits.slice(0, -6)}${decimals === "" ? "" : `.${decimals}`}`;
}

function no(problem: string): ParsedDollars {
  return { ok: false, problem };
}
