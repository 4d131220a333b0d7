import { formatDuration, HoldpointError } from "@holdpoint/policy";

/** Writes instants for people: in their zone, with the exact instant beside it. */
export interface Clock {
  now(): number;
  zone: string;
}

/** The zone asked for, else the machine's. Throws invalid for a zone that is not in the tz database. */
export function checkZone(zone: string | undefined): string {
  if (zone === undefined) return new Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    const message = `There is no time zone "${zone}". Use a name like Europe/Berlin or UTC.`;
    throw new HoldpointError("invalid", "unknown_time_zone", message, { field: "time-zone" });
  }
}

/** "2026-11-21 09:24:52 GMT+1": local date and time with the zone's name at that moment. */
export function localTime(iso: string, clock: Clock): string {
  const parts = zonedParts(new Date(iso).getTime(), clock.zone);
  const name = new Intl.DateTimeFormat("en", { timeZone: clock.zone, timeZoneName: "short" })
    .formatToParts(new Date(iso))
    .find((part) => part.type === "timeZoneName")?.value;
  return `${parts.date} ${parts.time} ${name ?? clock.zone}`;
}

/** "2026-11-21 09:24:52 GMT+1, 3 m ago (2026-11-21T08:24:52.500Z)". */
export function exactTime(iso: string, clock: Clock): string {
  return `${localTime(iso, clock)}, ${relative(iso, clock)} (${iso})`;
}

/** "3 m ago", "in 2 h", "now". */
export function relative(iso: string, clock: Clock): string {
  const ms = new Date(iso).getTime() - clock.now();
  if (Math.abs(ms) < 1000) return "now";
  return ms < 0 ? `${formatDuration(-ms)} ago` : `in ${formatDuration(ms)}`;
}

/** Date, time and offset of an instant in a zone. */
export function zonedParts(at: number, zone: string): { date: string; time: string; offsetMs: number } {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const part = Object.fromEntries(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  const date = `${part["year"]}-${part["month"]}-${part["day"]}`;
  const time = `${part["hour"]}:${part["minute"]}:${part["second"]}`;
  return { date, time, offsetMs: Date.parse(`${date}T${time}Z`) - Math.floor(at / 1000) * 1000 };
}
