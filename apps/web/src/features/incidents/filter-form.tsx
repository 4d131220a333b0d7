import type { BulkFilter } from "@holdpoint/db/people";
import { ERROR_CLASSES, INCIDENT_REASONS } from "@holdpoint/policy";

/** Which incidents are shown; the URL keeps it. Works without scripts. */
export function FilterForm({
  filter,
  types,
  ventures,
}: {
  filter: BulkFilter;
  types: readonly string[];
  ventures: readonly string[];
}) {
  const picks = [
    ["state", ["dead", "quarantined"]],
    ["class", ERROR_CLASSES],
    ["reason", INCIDENT_REASONS],
    ["type", types],
    ["venture", ventures],
  ] as const;
  return (
    <form action="/incidents" method="get" className="picks pad">
      {picks.map(([name, values]) => (
        <label key={name} className="field">
          <span>{name}</span>
          <select className="select" name={name} defaultValue={filter[name] ?? ""}>
            <option value="">any</option>
            {values.map((value) => (
              <option key={value} value={value}>
                {value.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        </label>
      ))}
      <button className="btn" type="submit">
        Apply
      </button>
    </form>
  );
}
