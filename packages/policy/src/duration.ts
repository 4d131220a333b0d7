import { HoldpointError } from "./errors.ts";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const PARTS = /(\d+)(ms|s|m|h|d)/g;
const WHOLE = /^(?:\d+(?:ms|s|m|h|d))+$/;
const MAX_MS = 366 * 86_400_000;

/** Reads "500ms", "30s", "10m", "2h", "1d" or a sum such as "1h30m" as milliseconds, up to 366 days; throws `invalid`. */
export function parseDuration(text: string, field = "duration"): number {
  const trimmed = text.trim();
  if (!WHOLE.test(trimmed)) {
    throw new HoldpointError("invalid", "bad_duration", `"${text}" is not a duration`, {
      field,
      remedy: 'Write a number and a unit, for example "10m", "2h", "1d" or "1h30m".',
    });
  }
  let total = 0;
  for (const [, count, unit] of trimmed.matchAll(PARTS)) total += Number(count) * (UNITS[unit ?? ""] ?? 0);
  if (total > MAX_MS) {
    throw new HoldpointError("invalid", "duration_too_long", `"${text}" is more than 366 days`, {
      field,
    });
  }
  return total;
}

/** Milliseconds as words of two units at most: "2 h 10 m", "4 s", "0.4 s" under a second. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 1_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const steps = [
    ["d", 86_400_000, 3_600_000, "h"],
    ["h", 3_600_000, 60_000, "m"],
    ["m", 60_000, 1_000, "s"],
  ] as const;
  for (const [unit, size, lesser, lesserUnit] of steps) {
    if (ms < size) continue;
    const rest = Math.floor((ms % size) / lesser);
    return `${Math.floor(ms / size)} ${unit}${rest > 0 ? ` ${rest} ${lesserUnit}` : ""}`;
  }
  return `${Math.floor(ms / 1_000)} s`;
}
