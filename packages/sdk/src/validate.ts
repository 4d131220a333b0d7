import { firstProblem, formSchema, nearestName, RUN_TIMEOUTS_MS } from "@holdpoint/policy";
import { z } from "zod";
import { concurrencySchema } from "./concurrency.ts";
import { EFFECT_KINDS, JOB_SIZES, JOB_TYPE_QUEUES } from "./names.ts";

/** A job type that was defined wrongly. The message lists every problem. */
export class DefinitionError extends Error {
  readonly problems: readonly string[];

  constructor(name: string, problems: readonly string[]) {
    super(`Job type ${name} is not defined rightly:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.name = "DefinitionError";
    this.problems = problems;
  }
}

const int32 = 2_147_483_647;

type Check = (value: unknown) => string | null;

const whole =
  (min: number, max: number, unit: string): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max
      ? null
      : `must be a whole number${unit} from ${min} to ${max}, got ${show(value)}`;

const oneOf =
  (names: readonly string[]): Check =>
  (value) =>
    names.some((name) => name === value)
      ? null
      : `must be one of ${names.join(", ")}, got ${show(value)}${hint(value, names)}`;

const isFunction: Check = (value) => (typeof value === "function" ? null : `must be a function, got ${show(value)}`);

const checks: Record<string, { required: boolean; check: Check }> = {
  name: {
    required: true,
    check: (value) =>
      typeof value === "string" && /^[a-z][a-z0-9_]{0,62}$/.test(value)
        ? null
        : `must be lower-case letters, digits and _ (first a letter, at most 63), got ${show(value)}`,
  },
  version: { required: true, check: whole(1, int32, "") },
  description: {
    required: false,
    check: (value) => (typeof value === "string" ? null : `must be text, got ${show(value)}`),
  },
  payload: { required: true, check: checkSchema },
  size: { required: true, check: oneOf(JOB_SIZES) },
  queue: { required: false, check: oneOf(JOB_TYPE_QUEUES) },
  estimateMicrousd: { required: false, check: whole(0, Number.MAX_SAFE_INTEGER, " of micro-dollars") },
  ceilingMicrousd: { required: false, check: whole(0, Number.MAX_SAFE_INTEGER, " of micro-dollars") },
  timeoutMs: { required: true, check: whole(1, int32, " of milliseconds") },
  leaseMs: { required: false, check: whole(10_000, int32, " of milliseconds") },
  effectKinds: { required: false, check: checkEffects },
  approval: {
    required: false,
    check: (value) => (typeof value === "boolean" ? null : `must be true or false, got ${show(value)}`),
  },
  form: {
    required: false,
    check: (value) => {
      const parsed = formSchema.safeParse(value);
      if (parsed.success) return null;
      const { field, message } = firstProblem(parsed.error);
      return `must be a list of fields, but ${field || "it"}: ${message}`;
    },
  },
  providers: {
    required: false,
    check: (value) =>
      Array.isArray(value) && value.every((name) => typeof name === "string" && /^[a-z][a-z0-9_.-]{0,62}$/.test(name))
        ? null
        : `must be a list of names of lower-case letters, digits and _ . - (first a letter, at most 63), got ${show(value)}`,
  },
  concurrency: {
    required: false,
    check: (value) => {
      const parsed = concurrencySchema.safeParse(value);
      if (parsed.success) return null;
      const { field, message } = firstProblem(parsed.error);
      return `must be {key, limit?, strategy?}, but ${field || "it"}: ${message}`;
    },
  },
  resolve: { required: false, check: isFunction },
  run: { required: true, check: isFunction },
};

/** Throws a DefinitionError with every problem of the options, unknown names included. */
export function checkOptions(options: unknown): void {
  if (typeof options !== "object" || options === null) {
    throw new DefinitionError("(unnamed)", [`defineJob takes an object, got ${show(options)}`]);
  }
  const given = new Map<string, unknown>(Object.entries(options));
  const problems: string[] = [];
  for (const key of given.keys()) {
    if (!(key in checks)) problems.push(`unknown option ${key}${hint(key, Object.keys(checks))}`);
  }
  for (const [key, { required, check }] of Object.entries(checks)) {
    const value = given.get(key);
    if (value === undefined) {
      if (required) problems.push(`${key} is missing`);
      continue;
    }
    const problem = check(value);
    if (problem !== null) problems.push(`${key} ${problem}`);
  }
  const [estimate, ceiling] = [given.get("estimateMicrousd") ?? 0, given.get("ceilingMicrousd")];
  if (typeof estimate === "number" && typeof ceiling === "number" && ceiling < estimate) {
    problems.push(`ceilingMicrousd (${ceiling}) must not be below estimateMicrousd (${estimate})`);
  }
  const size = JOB_SIZES.find((known) => known === given.get("size"));
  const [timeout, longest] = [given.get("timeoutMs"), size === undefined ? Infinity : RUN_TIMEOUTS_MS[size]];
  if (typeof timeout === "number" && timeout > longest) {
    problems.push(`timeoutMs (${timeout}) is longer than a ${size} run may take (${longest})`);
  }
  if (problems.length > 0) throw new DefinitionError(show(given.get("name") ?? "(unnamed)"), problems);
}

function checkSchema(value: unknown): string | null {
  if (!(value instanceof z.ZodType)) return `must be a zod schema, got ${show(value)}`;
  let schema: { type?: unknown; anyOf?: unknown; oneOf?: unknown };
  try {
    schema = z.toJSONSchema(value, { io: "input" });
  } catch (error) {
    return `can't be written as JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
  }
  const object = schema.type === "object" || Array.isArray(schema.anyOf) || Array.isArray(schema.oneOf);
  return object ? null : `must describe a JSON object, got ${show(schema.type)}`;
}

function checkEffects(value: unknown): string | null {
  if (!Array.isArray(value)) return `must be a list, got ${show(value)}`;
  const wrong = value.find((kind: unknown) => !EFFECT_KINDS.some((known) => known === kind));
  return wrong === undefined
    ? null
    : `may hold ${EFFECT_KINDS.join(", ")}; got ${show(wrong)}${hint(wrong, EFFECT_KINDS)}`;
}

function hint(value: unknown, names: readonly string[]): string {
  const name = typeof value === "string" ? nearestName(value, names) : null;
  return name === null ? "" : ` (did you mean ${name}?)`;
}

function show(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "function") return "a function";
  return JSON.stringify(value) ?? String(value);
}
