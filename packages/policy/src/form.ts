import { z } from "zod";
import { nearestName } from "./nearest.ts";

const base = {
  name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, "must be lower-case letters, digits and _, first a letter"),
  /** What stands before the field; the name unless given. */
  label: z.string().min(1).max(200).optional(),
  required: z.boolean().default(true),
};

/** One value that the approver of a job fills in. It is outside the plan; the decision binds it. */
export const formFieldSchema = z.discriminatedUnion("type", [
  z.strictObject({ ...base, type: z.literal("text"), max: z.int().min(1).max(2_000).default(200) }),
  z
    .strictObject({
      ...base,
      type: z.literal("number"),
      min: z.number(),
      max: z.number(),
      whole: z.boolean().default(false),
    })
    .refine((field) => field.min <= field.max, { path: ["max"], message: "must not be below min" }),
  z.strictObject({ ...base, type: z.literal("boolean") }),
  z.strictObject({ ...base, type: z.literal("choice"), choices: z.array(z.string().min(1).max(200)).min(1).max(100) }),
]);
export type FormField = z.output<typeof formFieldSchema>;
export type FormFieldInput = z.input<typeof formFieldSchema>;

export const formSchema = z
  .array(formFieldSchema)
  .max(20)
  .refine((fields) => new Set(fields.map((field) => field.name)).size === fields.length, "has a name twice");

export type FormValue = string | number | boolean;
export type FormValues = Readonly<Record<string, FormValue>>;
export interface FormProblem {
  readonly field: string;
  readonly message: string;
}

/**
 * Checks what an approver filled in, field by field. Values that came as text (a command line, a page's form) are read
 * as the field's type. Nothing but declared fields is kept; an optional one that was left empty is left out.
 */
export function checkForm(
  fields: readonly FormField[],
  given: Readonly<Record<string, unknown>>,
): { values: FormValues; problems: readonly FormProblem[] } {
  const problems: FormProblem[] = [];
  const names = fields.map((field) => field.name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const near = nearestName(name, names);
    problems.push({
      field: name,
      message: `is not a field of this form${near === null ? "" : `; did you mean ${near}?`}`,
    });
  }
  const values: Record<string, FormValue> = {};
  for (const field of fields) {
    const raw = Object.hasOwn(given, field.name) ? given[field.name] : undefined;
    if (raw === undefined || raw === null || raw === "") {
      if (field.required) problems.push({ field: field.name, message: "must be filled in" });
      continue;
    }
    const read = readValue(field, raw);
    if ("message" in read) problems.push({ field: field.name, message: read.message });
    else values[field.name] = read.value;
  }
  return { values, problems };
}

type Read = { value: FormValue } | { message: string };

function readValue(field: FormField, raw: unknown): Read {
  switch (field.type) {
    case "text":
      return typeof raw === "string" && raw.length <= field.max
        ? { value: raw }
        : { message: `must be text of at most ${field.max} characters` };
    case "choice":
      return typeof raw === "string" && field.choices.includes(raw)
        ? { value: raw }
        : { message: `must be one of ${field.choices.join(", ")}` };
    case "boolean":
      if (raw === true || raw === "true") return { value: true };
      if (raw === false || raw === "false") return { value: false };
      return { message: "must be true or false" };
    case "number":
      return readNumber(field, raw);
  }
}

function readNumber(field: Extract<FormField, { type: "number" }>, raw: unknown): Read {
  const written = typeof raw === "string" && /^-?\d{1,15}(\.\d{1,6})?$/.test(raw.trim()) ? Number(raw) : raw;
  const fits =
    typeof written === "number" &&
    written >= field.min &&
    written <= field.max &&
    (!field.whole || Number.isSafeInteger(written));
  if (fits) return { value: written === 0 ? 0 : written };
  return { message: `must be a ${field.whole ? "whole number" : "number"} from ${field.min} to ${field.max}` };
}
