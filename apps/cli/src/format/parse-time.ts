import { HoldpointError } from "@holdpoint/policy";
import { localTime, zonedParts, type Clock } from "./time.ts";

/**
 * An instant from "2026-11-22T08:00:00+01:00" (exact), "2026-11-22 08:00" (in the clock's zone) or "08:00" (the next
 * one in the clock's zone). A local time that daylight saving skips is refused; one that comes twice means the first.
 */
export function parseTime(text: string, field: string, clock: Clock): string {
  const given = text.trim();
  const exact = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.test(given);
  if (exact) return check(Date.parse(given.replace(" ", "T")), text, field);
  const dated = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?$/.exec(given);
  if (dated) return local(`${dated[1]}T${dated[2] ?? "00:00"}`, text, field, clock);
  if (/^\d\d:\d\d(:\d\d)?$/.test(given)) {
    const today = zonedParts(clock.now(), clock.zone).date;
    const first = local(`${today}T${given}`, text, field, clock);
    if (Date.parse(first) > clock.now()) return first;
    const tomorrow = new Date(Date.parse(`${today}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
    return local(`${tomorrow}T${given}`, text, field, clock);
  }
  throw bad(field, `"${text}" is not a time. Write e.g. 2026-11-22T08:00:00+01:00, "2026-11-22 08:00" or 08:00.`);
}

function local(wall: string, text: string, field: string, clock: Clock): string {
  const asUtc = Date.parse(`${wall.length === 16 ? `${wall}:00` : wall}Z`);
  if (Number.isNaN(asUtc)) throw bad(field, `"${text}" is not a time.`);
  const offsets = [asUtc - 86_400_000, asUtc + 86_400_000].map((at) => zonedParts(at, clock.zone).offsetMs);
  const found = offsets
    .map((offset) => asUtc - offset)
    .filter((at) => at + zonedParts(at, clock.zone).offsetMs === asUtc);
  const first = Math.min(...found);
  if (Number.isFinite(first)) return new Date(first).toISOString();
  const after = new Date(asUtc - (offsets[0] ?? 0)).toISOString();
  throw bad(
    field,
    `"${text}" does not exist in ${clock.zone}: clocks go forward over it, to ${localTime(after, clock)}.`,
  );
}

function check(at: number, text: string, field: string): string {
  if (Number.isNaN(at)) throw bad(field, `"${text}" is not a time.`);
  return new Date(at).toISOString();
}

function bad(field: string, message: string): HoldpointError {
  return new HoldpointError("invalid", "bad_time", message, { field });
}
