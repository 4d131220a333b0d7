import { z } from "zod";
import { HoldpointError } from "./errors.ts";
import { JOB_QUEUES } from "./queues.ts";
import { JOB_SIZES, RETRY_TIERS } from "./retry-tiers.ts";
import { HELD_REASONS, JOB_STATES } from "./states.ts";

export const FLEET_VENTURE = "fleet";
export const VENTURE_KEY_PATTERN = /^[a-z][a-z0-9-]{1,39}$/;
export const TYPE_NAME_PATTERN = /^[a-z][a-z0-9_]{0,62}$/;

/** A venture's key: immutable, at most 40 characters. */
export const ventureKeySchema = z
  .string()
  .regex(VENTURE_KEY_PATTERN, "must be 2 to 40 of a-z, 0-9 and -, and start with a letter");
export const typeNameSchema = z
  .string()
  .regex(TYPE_NAME_PATTERN, "must be 1 to 63 of a-z, 0-9 and _, and start with a letter");
export const jobIdSchema = z.uuid();
export const idempotencyKeySchema = z.string().min(1).max(200);
export const microusdSchema = z.int().min(0);
export const reasonSchema = z.string().trim().min(1, "say why").max(2_000);
/** A point in time with its zone, as RFC 3339 text. */
export const instantSchema = z.iso.datetime({ offset: true });

/** The argument of submit_job() and request_preview(). `run_at` and `in_ms` exclude each other. */
export const submitRequestSchema = z
  .strictObject({
    type: typeNameSchema,
    venture: ventureKeySchema,
    payload: z.record(z.string(), z.unknown()).default({}),
    key: idempotencyKeySchema.optional(),
    run_at: instantSchema.optional(),
    in_ms: z.int().min(0).optional(),
    urgent: z.boolean().optional(),
    start_by: instantSchema.optional(),
    end_by: instantSchema.optional(),
    /** Of triggers in quick succession one job is made, with the payload of the last. */
    debounce: z
      .strictObject({
        key: z.string().max(200).optional(),
        delay_ms: z.int().min(1),
        /** Ten times the delay unless given. */
        max_delay_ms: z.int().min(1).optional(),
      })
      .optional(),
  })
  .refine((request) => request.run_at === undefined || request.in_ms === undefined, {
    path: ["in_ms"],
    message: "give run_at or in_ms, not both",
  });
export type SubmitRequest = z.infer<typeof submitRequestSchema>;

const webUrlSchema = z.url({ protocol: /^https?$/ }).max(2_000);

/** The argument of add_venture(). */
export const ventureRequestSchema = z.strictObject({
  key: ventureKeySchema.refine((key) => key !== FLEET_VENTURE, "fleet is reserved for work that spans ventures"),
  name: z.string().trim().min(1).max(80),
  url: webUrlSchema.optional(),
  repository: z.string().trim().min(1).max(2_000).optional(),
  build_command: z.string().trim().min(1).max(2_000).optional(),
  trusted: z.boolean().optional(),
  allow_private_addresses: z.boolean().optional(),
});
export type VentureRequest = z.infer<typeof ventureRequestSchema>;

/** A job as the CLI prints it and scripts read it. Fields may be added; these keep their names and meanings. */
export const jobJsonSchema = z.looseObject({
  id: jobIdSchema,
  type: typeNameSchema,
  type_version: z.int(),
  venture: ventureKeySchema,
  state: z.enum(JOB_STATES),
  /** Null, or what keeps a queued job from starting: `<kind>:<scope>[:key]`, e.g. `stop:everything`. */
  blocked_by: z.string().nullable(),
  run_no: z.int().min(0),
  urgent: z.boolean(),
  queue: z.enum(JOB_QUEUES),
  reason: z.string().nullable(),
  run_at: z.string(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
  size: z.enum(JOB_SIZES).optional(),
  tier: z.enum(RETRY_TIERS).nullish(),
  held_for: z.enum(HELD_REASONS).nullish(),
});
export type JobJson = z.infer<typeof jobJsonSchema>;

/** Parses with a schema; the first problem becomes an `invalid` error with its field as a path ("payload.urls[0]"). */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, reason: string, root = ""): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problem = firstProblem(parsed.error, root);
  throw new HoldpointError("invalid", reason, problem.message, { field: problem.field });
}

/** The first problem of a failed parse: where (a path below `root`) and what, in one sentence. */
export function firstProblem(error: z.ZodError, root = ""): { field: string; message: string } {
  const issue = error.issues[0];
  if (issue === undefined) return { field: root, message: `${root || "the value"} is not valid` };
  const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
  const field = fieldPath(path, root);
  return { field, message: `${field || "the value"}: ${issue.message}` };
}

function fieldPath(path: readonly PropertyKey[], root: string): string {
  let text = root;
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? String(part) : `.${String(part)}`;
  }
  return text;
}
