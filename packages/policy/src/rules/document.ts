import { z } from "zod";
import { parseDollars } from "../dollars.ts";
import { parseDuration } from "../duration.ts";
import { HoldpointError } from "../errors.ts";
import { INCIDENT_REASONS } from "../incidents.ts";
import { RECOVERY_CHECKS, RECOVERY_STEPS, REVIEW_WHEN } from "../recovery.ts";
import { JOB_SIZES } from "../retry-tiers.ts";
import { typeNameSchema, ventureKeySchema } from "../schemas.ts";
import { EFFECT_KINDS, ERROR_CLASSES } from "../states.ts";
import { BUILT_IN_REFUSALS, EFFECTS_NEEDING_APPROVAL, RELAXABLE_RULES } from "./built-in.ts";

/** Who hands jobs in. */
export const SUBMITTER_KINDS = ["operator", "schedule", "webhook", "run"] as const;

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const nameSchema = z.string().regex(NAME, "must be 1 to 63 of a-z, 0-9, _ and -, and start with a letter");
const emailSchema = z.string().trim().toLowerCase().pipe(z.email("must be an e-mail address").max(320));

const dollarsSchema = z.union([z.number(), z.string()]).transform((given, context) => {
  const parsed = parseDollars(given);
  if (parsed.ok) return parsed.microusd;
  context.addIssue({ code: "custom", message: parsed.problem });
  return z.NEVER;
});

const durationSchema = z.string().transform((text, context) => {
  try {
    const ms = parseDuration(text);
    if (ms > 0) return ms;
    context.addIssue({ code: "custom", message: "must be longer than nothing" });
  } catch (error) {
    if (!(error instanceof HoldpointError)) throw error;
    context.addIssue({ code: "custom", message: `${error.message}${error.remedy ? `. ${error.remedy}` : ""}` });
  }
  return z.NEVER;
});

/** One value, or a list of which any may hold. */
function anyOf<T extends z.ZodType<string>>(item: T) {
  return z.union([item, z.array(item).min(1, "must name at least one")]).transform((given) => [given].flat());
}

const whenSchema = z
  .strictObject({
    type: anyOf(typeNameSchema).optional().describe("Names of job types"),
    venture: anyOf(ventureKeySchema).optional().describe("Keys of ventures"),
    effects: anyOf(z.enum(EFFECT_KINDS)).optional().describe("The job's type declares one of these kinds"),
    size: anyOf(z.enum(JOB_SIZES)).optional(),
    submitted_by: anyOf(z.enum(SUBMITTER_KINDS)).optional().describe("Who handed the job in"),
    ceiling_over: dollarsSchema.optional().describe("It may cost more than so many dollars"),
    ceiling_up_to: dollarsSchema.optional().describe("It may cost so many dollars at most"),
    urgent: z.boolean().optional(),
    trusted: z.boolean().optional().describe("The venture is trusted"),
    demo: z.boolean().optional().describe("The venture is a demo"),
    cap_set: z.boolean().optional().describe("A spending cap is set"),
    isolated: z.boolean().optional().describe("The fleet's build workers have a sandbox"),
  })
  .describe("All of these must hold; empty: every job");

const approveSchema = z.strictObject({
  people: z.literal([1, 2]).default(1).describe("So many different people"),
  role: z.enum(["approver", "admin"]).default("approver"),
  group: nameSchema.optional().describe("Only members of this group may approve"),
  typed: z.string().trim().min(1).max(200).optional().describe("The exact text that an approver types"),
  expires: durationSchema.optional().describe("How long it may wait, e.g. 2h; default: the settings'"),
  reminder: durationSchema.optional().describe("When to remind, e.g. 30m; default: the settings'"),
  covers_retries: z.boolean().default(false).describe("The approval stands for counted retries too"),
});

const allowSchema = z.strictObject({
  rule: z
    .enum(RELAXABLE_RULES, { error: (issue) => whyNotAllowed(issue.input) })
    .describe("The built-in approval that is not asked for"),
  kinds: anyOf(z.enum(EFFECTS_NEEDING_APPROVAL))
    .optional()
    .describe("Only for effect_approval, and only these kinds; default: all"),
});

const ruleSchema = z
  .strictObject({
    name: nameSchema,
    when: whenSchema,
    refuse: z.literal(true).optional().describe("Never, whoever approves"),
    approve: approveSchema.optional().describe("Only after an approval like this"),
    allow: allowSchema.optional().describe("A built-in approval is not needed"),
    reason: z.string().trim().min(1).max(300).optional().describe("The sentence that people read"),
  })
  .describe("Exactly one of refuse, approve and allow");

const tierSchema = z
  .strictObject({
    retries: z
      .int("must be a whole number")
      .min(0, "must be 0 or more")
      .max(20, "must be at most 20")
      .optional()
      .describe("Counted failures that are followed by another run"),
    backoff: z.enum(["exponential", "linear", "none"]).optional(),
    base: durationSchema.optional().describe("The wait before the first retry, e.g. 10s"),
    max: durationSchema.optional().describe("The longest wait, e.g. 10m"),
    by_itself: z.boolean().optional().describe("false: a person releases each retry"),
  })
  .describe("What is not said stays as built in");

const classSchema = z.strictObject({
  retry: z.boolean().optional(),
  used_up: z.enum(["dead", "quarantined"]).optional().describe("Where it leads without (another) retry"),
});

const retriesSchema = z.strictObject({
  tiers: z
    .strictObject({ small: tierSchema.optional(), medium: tierSchema.optional(), large: tierSchema.optional() })
    .default({})
    .describe("By the size of a job; approval_required never retries (see covers_retries)"),
  classes: z
    .strictObject(
      Object.fromEntries(ERROR_CLASSES.map((name) => [name, classSchema.optional()])) as Record<
        (typeof ERROR_CLASSES)[number],
        z.ZodOptional<typeof classSchema>
      >,
    )
    .default({})
    .describe("By the error class of a failure"),
});

const recoverySchema = z
  .strictObject({
    name: nameSchema,
    class: anyOf(z.enum(ERROR_CLASSES)).describe("The error classes it is for"),
    reason: anyOf(z.enum(INCIDENT_REASONS)).optional().describe("Only for these reasons; default: any"),
    checks: z.array(z.enum(RECOVERY_CHECKS)).default([]).describe("What to look at first"),
    steps: z.array(z.enum(RECOVERY_STEPS)).min(1, "must name at least one").describe("What to do, in order"),
    rollback: z.enum(["last_good_artifact", "none"]).default("none"),
    review: z.enum(REVIEW_WHEN).default("required").describe("When a person must look"),
    max_releases: z
      .int("must be a whole number")
      .min(0)
      .max(100)
      .default(3)
      .describe("After so many releases: discard"),
  })
  .describe("What to do about what retries did not mend");

/** A policy as it is written: rules over the built-in defaults. Parsing turns money into micro-dollars and times into ms. */
export const policyDocumentSchema = z.strictObject({
  format: z.literal(1).describe("The format of this file"),
  groups: z
    .record(nameSchema, z.array(emailSchema).min(1, "must have at least one member"))
    .default({})
    .describe("Names for lists of operators' e-mails"),
  rules: z.array(ruleSchema).max(500).default([]),
  retries: retriesSchema.optional().describe("How failures are followed up"),
  recovery: z.array(recoverySchema).max(100).optional().describe("Recovery plans, before the built-in ones"),
});
/** A policy as it is stored: what was written, as JSON. */
export type PolicyInput = z.input<typeof policyDocumentSchema>;
export type PolicyDocument = z.output<typeof policyDocumentSchema>;
export type PolicyDocumentRule = PolicyDocument["rules"][number];
export type RuleConditions = PolicyDocumentRule["when"];

/** The JSON Schema of the file, for editors; committed as `policy.schema.json`. */
export function policyJsonSchema(): unknown {
  const schema = z.toJSONSchema(policyDocumentSchema, { io: "input" });
  return { ...schema, title: "Holdpoint policy" };
}

/** The keys that an object of the file may have, by where it is: its own key, or "rule" for an element of rules. */
export const POLICY_KEYS: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(policyDocumentSchema.shape),
  rule: Object.keys(ruleSchema.shape),
  when: Object.keys(whenSchema.shape),
  approve: Object.keys(approveSchema.shape),
  allow: Object.keys(allowSchema.shape),
  retries: Object.keys(retriesSchema.shape),
  tiers: ["small", "medium", "large"],
  classes: ERROR_CLASSES,
  small: Object.keys(tierSchema.shape),
  medium: Object.keys(tierSchema.shape),
  large: Object.keys(tierSchema.shape),
  ...Object.fromEntries(ERROR_CLASSES.map((name) => [name, Object.keys(classSchema.shape)])),
  plan: Object.keys(recoverySchema.shape),
};

function whyNotAllowed(given: unknown): string | undefined {
  if (BUILT_IN_REFUSALS.some((name) => name === given)) return `${String(given)} is a refusal: no policy can allow it`;
  if (given === "paid_without_cap") return "paid_without_cap can't be allowed: set a cap instead";
  return undefined;
}
