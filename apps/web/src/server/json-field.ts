import "server-only";
import { HoldpointError } from "@holdpoint/policy";

/** What a field of a form says as JSON; empty is null. */
export function parseJson(given: string, field: string): unknown {
  if (given.trim() === "") return null;
  try {
    return JSON.parse(given);
  } catch {
    throw new HoldpointError("invalid", `${field}_not_json`, `The ${field} is not JSON.`, {
      field,
      remedy: 'A text stands in quotes: "yes".',
    });
  }
}

/** As `parseJson`, of what must be an object. */
export function parseObject(given: string, field: string): Record<string, unknown> {
  const value = parseJson(given, field);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new HoldpointError("invalid", `${field}_not_object`, `The ${field} must be a JSON object.`, { field });
}
