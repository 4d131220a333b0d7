import { z } from "zod";

const GROUP_NAMES = /^[a-z][a-z0-9_-]{0,62}( & [a-z][a-z0-9_-]{0,62})*$/;
const milliseconds = z.int().positive();

/**
 * What an approval of a job takes. It is fixed at admission, kept with the job and its plan, and enforced by decide()
 * and by the gate. Names are as they are stored.
 */
export const approvalRequirementSchema = z
  .strictObject({
    /** So many different people must approve. Where two are asked, whoever asked for the job is none of them. */
    people: z.union([z.literal(1), z.literal(2)]),
    role: z.enum(["approver", "admin"]),
    /** The group that they must belong to; several joined by " & ". Null: anybody with the role. */
    group: z.string().regex(GROUP_NAMES, 'must be names of groups, joined by " & "').nullable(),
    /** The group's members as admission found them: e-mails in lower case, sorted. */
    members: z
      .array(
        z
          .string()
          .regex(/^[^A-Z]+$/, "must be in lower case")
          .min(3)
          .max(320),
      )
      .nullable(),
    /** The exact text that an approver must type. */
    typed: z.string().trim().min(1).max(200).nullable(),
    /** How long an approval may be waited for; null: as the settings say. */
    expires_ms: milliseconds.nullable(),
    /** When to remind; null: as the settings say. */
    reminder_ms: milliseconds.nullable(),
    /** Whether an approval stands for retries that are counted. */
    covers_retries: z.boolean(),
  })
  .refine((given) => (given.group === null) === (given.members === null), {
    path: ["members"],
    message: "a group and its members belong together",
  });
export type ApprovalRequirement = z.infer<typeof approvalRequirementSchema>;

/** One approver, no group, nothing to type, times as the settings say, no counted retry. */
export const DEFAULT_APPROVAL: ApprovalRequirement = {
  people: 1,
  role: "approver",
  group: null,
  members: null,
  typed: null,
  expires_ms: null,
  reminder_ms: null,
  covers_retries: false,
};

/**
 * What satisfies both requirements: two people beat one, an admin an approver; of two groups only who is in both may
 * approve (perhaps nobody: then it expires); the shorter time counts; of two texts to type the longer one. The order of
 * the arguments is without meaning, and combining with itself changes nothing.
 */
export function strictest(a: ApprovalRequirement, b: ApprovalRequirement): ApprovalRequirement {
  return {
    people: a.people === 2 || b.people === 2 ? 2 : 1,
    role: a.role === "admin" || b.role === "admin" ? "admin" : "approver",
    group: bothNames(a.group, b.group),
    members: bothMembers(a.members, b.members),
    typed: longer(a.typed, b.typed),
    expires_ms: shorter(a.expires_ms, b.expires_ms),
    reminder_ms: shorter(a.reminder_ms, b.reminder_ms),
    covers_retries: a.covers_retries && b.covers_retries,
  };
}

function bothNames(a: string | null, b: string | null): string | null {
  const names = [a, b].flatMap((group) => group?.split(" & ") ?? []);
  return names.length === 0 ? null : sortedOnce(names).join(" & ");
}

function bothMembers(a: readonly string[] | null, b: readonly string[] | null): string[] | null {
  if (a === null && b === null) return null;
  const inBoth = a === null ? (b ?? []) : b === null ? a : a.filter((member) => b.includes(member));
  return sortedOnce(inBoth);
}

function sortedOnce(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}

function longer(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  if (a.length !== b.length) return a.length > b.length ? a : b;
  return a > b ? a : b;
}

function shorter(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
