/** Words for numbers and times. Times are ISO 8601 or milliseconds since 1970; the screen speaks UTC and says so. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n: number) => String(n).padStart(2, "0");

/** "18 Nov 2026, 14:02:11 UTC" */
export function exact(at: string | number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${clock(at)} UTC`;
}

/** "14:02:11" */
export function clock(at: string | number): string {
  const date = new Date(at);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** "14:02:11" today, else "18 Nov, 14:02". */
export function clockOrDay(at: string | number, now: number): string {
  const date = new Date(at);
  if (date.toISOString().slice(0, 10) === new Date(now).toISOString().slice(0, 10)) return clock(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}, ${clock(at).slice(0, 5)}`;
}

/** Two units at most: "2 d 3 h", "1 h 51 m", "6 m 02 s", "48 s". */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${two(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${two(minutes % 60)} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** As `span`, in one unit from a minute on, for expiry and age at a glance: "4 min", "2 h 10 m". */
export function roughly(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  if (minutes < 60) return `${minutes} min`;
  return span(ms);
}

/** "$1,204.31": always two decimals, more only below a cent. */
export function money(microusd: number): string {
  const dollars = microusd / 1_000_000;
  const digits = microusd !== 0 && Math.abs(microusd) < 10_000 ? 4 : 2;
  return dollars.toLocaleString("en-US", {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

export function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** "1 run", "3 runs" */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`;
  if (n < 1_000_000) return `${(n / 1_000).toFixed(1)} kB`;
  if (n < 1_000_000_000) return `${(n / 1_000_000).toFixed(1)} MB`;
  return `${(n / 1_000_000_000).toFixed(2)} GB`;
}

/** "0198f3…7c2e" */
export function shortId(id: string): string {
  const plain = id.replaceAll("-", "");
  return plain.length <= 12 ? plain : `${plain.slice(0, 6)}…${plain.slice(-4)}`;
}

/** The name before the @, as people call each other. */
export function person(email: string): string {
  return email.split("@")[0] ?? email;
}

const COUNT_BOUND = 10_000;

/** A count that the database stops at 10,001: "10,000+". */
export function upTo(n: number): string {
  return n > COUNT_BOUND ? `${count(COUNT_BOUND)}+` : count(n);
}
