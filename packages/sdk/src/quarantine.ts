import { BugError } from "./errors.ts";
import type { UnsafeFinding } from "./errors.ts";
import { jsonOf } from "./json.ts";
import type { Json } from "./json.ts";

export const QUARANTINE_KINDS = ["artifact", "page", "payload", "webhook"] as const;

/** Something that a run found and that must not be used before a person has looked. */
export interface QuarantineItem extends Omit<UnsafeFinding, "cause"> {
  kind: (typeof QUARANTINE_KINDS)[number];
  /** What is meant: an artifact's id, a page's address, a name; at most 500 characters. */
  subject: string;
}

export interface Quarantined {
  /** The incident's id. */
  id: string;
  /** False: it was in quarantine already. */
  opened: boolean;
}

/** The item as it is recorded. Throws a BugError when it is none. */
export function recordedQuarantine(found: QuarantineItem): Omit<QuarantineItem, "evidence"> & { evidence: Json } {
  const { kind, reason } = found;
  const [subject, finding] = [found.subject.trim(), found.finding.trim()];
  if (!QUARANTINE_KINDS.includes(kind)) throw new BugError(`A run can't put a ${kind} in quarantine.`);
  if (subject.length < 1 || subject.length > 500)
    throw new BugError(`The subject of a quarantine has 1 to 500 characters, got ${subject.length}.`);
  if (finding.length < 3) throw new BugError("A quarantine needs a finding: one sentence for a person.");
  return { kind, subject, reason, finding, evidence: jsonOf(found.evidence ?? {}, "The evidence") };
}
