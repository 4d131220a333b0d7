import { canonicalPlan } from "@holdpoint/db";
import type { CanonicalPlan } from "@holdpoint/db";
import type { VentureFacts as Facts } from "@holdpoint/db/runtime";
import { decideAdmission, firstProblem, isJobQueue, REPLAY_REFERENCE } from "@holdpoint/policy";
import type { AdmissionDecision, AdmissionFacts, Policy, Replay } from "@holdpoint/policy";
import type { CataloguedType } from "../../handlers/catalogue.ts";

/** What is asked about: a submitted job, or a preview's request. */
export interface Submission {
  readonly type: string;
  /** Null in a preview: whichever is announced. */
  readonly typeVersion: number | null;
  readonly venture: string;
  readonly payload: unknown;
  readonly urgent: boolean;
  readonly queueHint: string | null;
  readonly submittedByKind: string;
  /** Null in a preview: what the type announces. */
  readonly estimateMicrousd: number | null;
  readonly ceilingMicrousd: number | null;
  readonly ventureFacts: Facts;
  readonly isolation: string;
  /** What it was made from; null: from nothing. */
  readonly replay: Replay | null;
}

export type References =
  | { readonly kind: "none" }
  | { readonly kind: "resolved"; readonly refs: unknown }
  | { readonly kind: "refused"; readonly field: string | null; readonly message: string };

export interface Decided {
  readonly facts: AdmissionFacts;
  readonly decision: AdmissionDecision;
  readonly plan: CanonicalPlan;
  readonly typeVersion: number;
  readonly ceilingMicrousd: number;
  readonly refs: unknown;
  readonly concurrencyKey: string | null;
}

export type ParsedPayload =
  | { readonly ok: true; readonly payload: unknown; readonly concurrencyKey: string | null }
  | { readonly ok: false; readonly field: string; readonly message: string };

/** Parses a payload by the type's schema; a misfit is a fact for policy, not an error. */
export function parsePayloadOf(type: CataloguedType, payload: unknown): ParsedPayload {
  const parsed = type.definition.payload.safeParse(payload);
  if (!parsed.success) return { ok: false, ...firstProblem(parsed.error, "payload") };
  try {
    return { ok: true, payload: parsed.data, concurrencyKey: type.definition.concurrencyKey(parsed.data) };
  } catch (error) {
    // The key is code of the type: what it can't take does not fit the type.
    return { ok: false, field: "payload", message: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The one decision about a job, for admission and for previews: policy on the same facts, and the plan that an
 * approval would be for. Pure.
 */
export function decide(
  submission: Submission,
  type: CataloguedType | null,
  parsed: ParsedPayload | null,
  references: References,
  policy: Policy,
): Decided {
  const announced = type?.announcement ?? null;
  const estimate = submission.estimateMicrousd ?? announced?.estimate_microusd ?? 0;
  const ceiling = submission.ceilingMicrousd ?? announced?.ceiling_microusd ?? estimate;
  const facts: AdmissionFacts = {
    typeName: submission.type,
    typeVersion: submission.typeVersion,
    type:
      type === null
        ? null
        : {
            name: type.definition.name,
            version: type.definition.version,
            size: type.definition.size,
            queue: type.definition.queue,
            effectKinds: type.definition.effectKinds,
            approval: type.definition.approval,
          },
    payloadProblem: parsed === null || parsed.ok ? null : { field: parsed.field, message: parsed.message },
    referenceProblem: referenceProblem(submission, type, references),
    urgent: submission.urgent,
    queueHint: submission.queueHint !== null && isJobQueue(submission.queueHint) ? submission.queueHint : null,
    submittedByKind: submission.submittedByKind,
    ceilingMicrousd: ceiling,
    estimateMicrousd: estimate,
    venture: {
      key: submission.venture,
      trusted: submission.ventureFacts.trusted,
      demo: submission.ventureFacts.demo,
      capSet: submission.ventureFacts.cap_set,
    },
    isolation: submission.isolation,
  };
  const typeVersion = type?.definition.version ?? submission.typeVersion ?? 1;
  const refs = referencesOf(submission, references);
  const plan = canonicalPlan({
    type: submission.type,
    type_version: typeVersion,
    venture: submission.venture,
    payload: submission.payload,
    refs,
    ceiling_microusd: ceiling,
    effect_kinds: type?.definition.effectKinds ?? [],
    secrets: [],
  });
  const decision = decideAdmission(facts, policy);
  const concurrencyKey = parsed?.ok === true ? parsed.concurrencyKey : null;
  return { facts, decision, plan, typeVersion, ceilingMicrousd: ceiling, refs, concurrencyKey };
}

function referenceProblem(
  { replay }: Submission,
  type: CataloguedType | null,
  references: References,
): AdmissionFacts["referenceProblem"] {
  if (references.kind === "refused") return { field: references.field, message: references.message };
  if (replay === null || replay.from_step === undefined || type === null || replay.version === type.definition.version)
    return null;
  const message = `The steps it takes over are of version ${replay.version}; announced is version ${type.definition.version}.`;
  return { field: "from_step", message };
}

/** What it was made from is a reference like any other: part of the plan, and so of what is approved. */
function referencesOf({ replay }: Submission, references: References): unknown {
  const refs = references.kind === "resolved" ? references.refs : null;
  if (replay === null) return refs;
  return { ...(typeof refs === "object" ? refs : { value: refs }), [REPLAY_REFERENCE]: replay };
}
