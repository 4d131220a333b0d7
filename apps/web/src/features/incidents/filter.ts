import type { BulkFilter } from "@holdpoint/db/people";
import { ERROR_CLASSES, INCIDENT_REASONS, TYPE_NAME_PATTERN, VENTURE_KEY_PATTERN } from "@holdpoint/policy";

type Given = Record<string, string | string[] | undefined>;

/** The filter of the URL; a name that is not known is left out. */
export function filterOf(given: Given): BulkFilter {
  const one = (name: string): string => (typeof given[name] === "string" ? given[name] : "");
  const state = (["dead", "quarantined"] as const).find((name) => name === one("state"));
  const errorClass = ERROR_CLASSES.find((name) => name === one("class"));
  const reason = INCIDENT_REASONS.find((name) => name === one("reason"));
  return {
    ...(state ? { state } : {}),
    ...(errorClass ? { class: errorClass } : {}),
    ...(reason ? { reason } : {}),
    ...(TYPE_NAME_PATTERN.test(one("type")) ? { type: one("type") } : {}),
    ...(VENTURE_KEY_PATTERN.test(one("venture")) ? { venture: one("venture") } : {}),
  };
}

/** The filter in words: "class bug, venture acme"; "all that wait" for none. */
export function filterWords(filter: BulkFilter): string {
  const words = Object.entries(filter).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? "all that wait" : words.join(", ").replaceAll("_", " ");
}
