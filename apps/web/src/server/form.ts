import "server-only";
import { HoldpointError } from "@holdpoint/policy";

/** A text field of a form; empty when it is missing or a file. */
export function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

/** A path of this site to go on to, never another site's. */
export function safePath(path: string): string {
  return /^\/(?![/\\])[\w\-./?=&%,:]*$/.test(path) ? path : "/";
}

/** What a field for date and time holds: UTC, as all times on the screen. */
export function utcField(given: string, field: string, message: string): string {
  const at = Date.parse(`${given}Z`);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(given) && !Number.isNaN(at)) return new Date(at).toISOString();
  throw new HoldpointError("invalid", "bad_time", message, { field, remedy: "A date and a time in UTC." });
}
