import type { FormField, FormValue, FormValues } from "@holdpoint/policy";
import { Icon } from "../../ui/icon.tsx";
import { OPEN } from "./open-first.ts";

interface Props {
  /** The exact plan, when it must be opened before the yes. */
  openFirst: string | null;
  opened: boolean;
  /** Whether the first of two approvals is there. */
  half: boolean;
  /** The exact text that the yes takes. */
  toType: string | null;
  /** What the approver fills in. */
  fields: readonly FormField[];
  /** What the first of two approvers filled in: both approve the same. */
  filled: FormValues;
  /** The word of the yes. */
  yes: string;
}

/** What stands between a card and its yes: details to open, a first approval to take back, a text to type. */
export function AnswerFields({ openFirst, opened, half, toType, fields, filled, yes }: Props) {
  return (
    <div className="fields">
      {openFirst === null ? null : opened ? (
        <pre className="code" tabIndex={0} aria-label="Exact plan">
          {openFirst}
        </pre>
      ) : (
        <p className="reason amber">
          <Icon name="triangle-alert" small />
          <span>You have approved much in a short time.</span>
          <button type="submit" className="link" name="verb" value={OPEN} formNoValidate>
            Open the exact plan first
          </button>
        </p>
      )}
      {half ? (
        <p className="reason">
          <button type="submit" className="link" name="verb" value="undo" formNoValidate>
            Take the first approval back
          </button>
        </p>
      ) : null}
      {fields.map((field) => (
        <FilledIn key={field.name} field={field} value={filled[field.name]} />
      ))}
      {toType === null ? null : <TypeIt toType={toType} yes={yes} />}
    </div>
  );
}

/** The typed confirmation: exactly this text. */
export function TypeIt({ toType, yes }: { toType: string; yes: string }) {
  return (
    <label className="type-it">
      <span className="reason">
        <span>
          To {yes.toLowerCase()}, type <b className="mono">{toType}</b>
        </span>
      </span>
      <input
        className="input"
        name="typed"
        required
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        aria-label={`Type ${toType}`}
      />
    </label>
  );
}

/** One value to fill in. Only the yes asks for it; the other answer goes without. */
function FilledIn({ field, value }: { field: FormField; value: FormValue | undefined }) {
  const before = value === undefined ? "" : String(value);
  const common = { name: `form.${field.name}`, required: field.required, className: "input", defaultValue: before };
  return (
    <label className="type-it">
      <span className="reason">
        {field.label ?? field.name.replaceAll("_", " ")}
        {field.type === "number" ? ` (${field.min} to ${field.max})` : null}
        {field.required ? null : ", may be left out"}
      </span>
      {field.type === "text" ? <input {...common} maxLength={field.max} autoComplete="off" /> : null}
      {field.type === "number" ? (
        <input {...common} type="number" min={field.min} max={field.max} step={field.whole ? 1 : "any"} />
      ) : null}
      {field.type === "choice" || field.type === "boolean" ? (
        <select {...common}>
          <option value="">choose</option>
          {(field.type === "choice" ? field.choices : ["true", "false"]).map((choice) => (
            <option key={choice} value={choice}>
              {field.type === "boolean" ? (choice === "true" ? "yes" : "no") : choice}
            </option>
          ))}
        </select>
      ) : null}
    </label>
  );
}
