import type { BulkFilter } from "@holdpoint/db/people";
import { ERROR_CLASSES, INCIDENT_REASONS } from "@holdpoint/policy";
import { option } from "../../core/command.ts";
import { oneOf } from "../../core/unknown-name.ts";

export interface FilterOptions {
  state?: string;
  class?: string;
  filterReason?: string;
  type?: string;
  venture?: string;
}

/** The options that say which jobs are meant; none of them: all that wait. */
export const filterOptions = () => [
  option("--state <state>", "only dead or only quarantined jobs"),
  option("--class <class>", `only of this error class: ${ERROR_CLASSES.join(", ")}`),
  option("--filter-reason <reason>", "only incidents of this reason, e.g. retries_used_up"),
  option("--type <type>", "only of this type"),
  option("--venture <key>", "only of this venture; without it you must be approver in the fleet"),
];

/** The filter of these options; a name that is not known is refused with the nearest. */
export function filterOf({ state, class: errorClass, filterReason, type, venture }: FilterOptions): BulkFilter {
  return {
    ...(state === undefined ? {} : { state: oneOf("state", "state", state, ["dead", "quarantined"] as const) }),
    ...(errorClass === undefined ? {} : { class: oneOf("error class", "class", errorClass, ERROR_CLASSES) }),
    ...(filterReason === undefined ? {} : { reason: oneOf("reason", "filter-reason", filterReason, INCIDENT_REASONS) }),
    ...(type === undefined ? {} : { type }),
    ...(venture === undefined ? {} : { venture }),
  };
}
