/** Every way in which SQL reads a clock, calls first, then the keywords that need no parentheses. */
const CALLS = [
  "clock_timestamp",
  "now",
  "statement_timestamp",
  "transaction_timestamp",
  "timeofday",
  "pg_postmaster_start_time",
];
const KEYWORDS = ["current_timestamp", "current_date", "current_time", "localtimestamp", "localtime"];

const CALL = new RegExp(`(?<![\\w.])(?:pg_catalog\\.)?(${CALLS.join("|")})\\s*\\(\\s*\\)`, "gi");
/** Any mention of a clock that does not belong to schema sim, in code or text. */
const ANY = new RegExp(`(?<![\\w]|sim\\.)(?:(?:${CALLS.join("|")})\\s*\\(|(?:${KEYWORDS.join("|")})\\b)`, "i");

/** The same SQL with each call of a clock going to schema sim, which has a function of each name that is used. */
export function replaceClocks(sql: string): string {
  return sql.replaceAll(CALL, (_all, name: string) => `sim.${name.toLowerCase()}()`);
}

/** The first reading of a real clock in a text; null: there is none. */
export function realClockIn(sql: string): string | null {
  return ANY.exec(sql)?.[0] ?? null;
}
