import { performance } from "node:perf_hooks";
import pLimit from "p-limit";
import {
  admitJobs,
  answerPreview,
  deferAdmission,
  openPreviews,
  pickSubmitted,
  putOffAdmission,
  readmitHeld,
} from "@holdpoint/db/runtime";
import type { Admission, PreviewRow, SubmittedRow } from "@holdpoint/db/runtime";
import { HoldpointError } from "@holdpoint/policy";
import type { Policy } from "@holdpoint/policy";
import type { Catalogue, CataloguedType } from "../../handlers/catalogue.ts";
import type { Log } from "../../log.ts";
import type { Access } from "../../runtime/databases.ts";
import { ventureFactsOf } from "../../runtime/venture-cache.ts";
import type { Duty } from "../duty-loop.ts";
import { PolicyReader } from "./active-policy.ts";
import { decide, parsePayloadOf } from "./decide.ts";
import type { Decided, ParsedPayload, References } from "./decide.ts";
import { resolveReferences } from "./resolve.ts";
import { previewed, submissionOf } from "./submission.ts";

/** Small enough that what is submitted behind a flood is decided within tenths of a second. */
const BATCH = 250;
/** How many batches a worker that does not lead decides at a time. */
const FOLLOWED = 4;
const RESOLVING_AT_ONCE = 8;
/** A job whose references are being resolved is out of the fast path's way for this long. */
const RESOLVING_MS = 45_000;
const UNKNOWN_HERE_MS = 1_000;
/** A policy that this process can't understand is looked at again that soon. */
const NO_POLICY_MS = 2_000;
const READMITTED_AT_ONCE = 500;
const PREVIEWS_EVERY_MS = 500;
/**
 * References that cannot be resolved now are asked for again for about three minutes, then the job is refused with the
 * last answer. Each try counts twice: put aside, and put off.
 */
const MAX_TRIES = 12;

export interface AdmissionOptions {
  access: Access;
  catalogue: Catalogue;
  log: Log;
}

/**
 * Decides about submitted jobs, by policy, in this trusted process. Jobs without references to resolve are decided in
 * batches; those with are resolved in a pool of their own, so that nobody waits behind a slow repository.
 */
export class AdmissionDuty implements Duty {
  readonly name = "admission";
  readonly intervalMs = 250;
  readonly #options: AdmissionOptions;
  readonly #pool = pLimit(RESOLVING_AT_ONCE);
  readonly #resolving = new Set<string>();
  readonly #closed = new AbortController();
  readonly #policies: PolicyReader;
  /** The policy whose older holds have all gone back to admission. */
  #settledVersion: number | null = null;
  #previewsAt = -Infinity;
  #previewAsked = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#policies = new PolicyReader(options.access.databases.work, options.access.caller);
  }

  /** Somebody asked for a preview. */
  previewAsked(): void {
    this.#previewAsked = true;
  }

  /** Lets go of references that are being resolved: those jobs stay submitted. */
  close(): void {
    this.#closed.abort();
    this.#pool.clearQueue();
  }

  /** The leader may not know every type; whoever does decides what is left lying. */
  async follow(): Promise<void> {
    let batches = 1;
    while ((await this.#admitSubmitted(false)) && batches < FOLLOWED) batches += 1;
    await this.#answerPreviews();
  }

  async runOnce(): Promise<boolean> {
    const more = await this.#admitSubmitted(true);
    await this.#answerPreviews();
    return (await this.#readmitOlder()) || more;
  }

  async #admitSubmitted(leading: boolean): Promise<boolean> {
    const { access, catalogue } = this.#options;
    const rows = await pickSubmitted(access.databases.work, access.caller, BATCH);
    if (rows.length === 0) return false;
    const policy = await this.#policyFor(rows, leading);
    if (policy === null) return false;
    const decided: Admission[] = [];
    const slow: { row: SubmittedRow; type: CataloguedType; parsed: ParsedPayload }[] = [];
    const unknown: SubmittedRow[] = [];
    for (const row of rows) {
      if (this.#resolving.has(row.id)) continue;
      const type = catalogue.get(row.type);
      if (type === undefined || type.definition.version < row.type_version) {
        unknown.push(row);
        continue;
      }
      const parsed = parsePayloadOf(type, row.payload);
      if (type.definition.hasResolve && parsed.ok) slow.push({ row, type, parsed });
      else decided.push(admissionOf(row, decide(submissionOf(row), type, parsed, { kind: "none" }, policy)));
    }
    if (slow.length > 0) await this.#putAside(slow.map(({ row }) => row));
    for (const { row, type, parsed } of slow) this.#resolve(row, type, parsed);
    if (decided.length > 0) await admitJobs(access.databases.work, access.caller, policy.version, decided);
    if (leading && unknown.length > 0) await this.#leaveToOthers(unknown);
    return decided.length > 0 || slow.length > 0;
  }

  /** The policy in force. Null: another process may understand it; when nobody does, the leader says so. */
  async #policyFor(rows: readonly SubmittedRow[], leading: boolean): Promise<Policy | null> {
    const { databases, caller } = this.#options.access;
    const active = await this.#policies.read();
    if (active.ok) return active.policy;
    if (!leading) return null;
    const waiting = rows.map((row) => row.id).filter((id) => !this.#resolving.has(id));
    await putOffAdmission(databases.work, caller, waiting, NO_POLICY_MS, active.problem);
    throw new HoldpointError("unavailable", "policy_unreadable", active.problem);
  }

  /** Finishes what an activation began: jobs that wait for an approval of an older policy are decided anew. */
  async #readmitOlder(): Promise<boolean> {
    const { databases, caller } = this.#options.access;
    const version = this.#policies.version;
    if (version === null ? this.#settledVersion !== null : version === this.#settledVersion) return false;
    const more = (await readmitHeld(databases.work, caller, READMITTED_AT_ONCE)) > 0;
    if (!more) this.#settledVersion = version ?? 0;
    return more;
  }

  async #putAside(rows: readonly SubmittedRow[]): Promise<void> {
    const { databases, caller } = this.#options.access;
    const reason = "Its references are being resolved.";
    for (const row of rows) this.#resolving.add(row.id);
    try {
      const items = rows.map((row) => ({ jobId: row.id, delayMs: RESOLVING_MS, reason }));
      await deferAdmission(databases.work, caller, items);
    } catch (error) {
      for (const row of rows) this.#resolving.delete(row.id);
      throw error;
    }
  }

  async #leaveToOthers(rows: readonly SubmittedRow[]): Promise<void> {
    const { databases, caller } = this.#options.access;
    const items = rows.map((row) => ({
      jobId: row.id,
      delayMs: Math.round(UNKNOWN_HERE_MS * (0.5 + Math.random())),
      reason: `The worker that leads admission does not know ${row.type} version ${row.type_version}.`,
    }));
    await deferAdmission(databases.work, caller, items);
  }

  #resolve(row: SubmittedRow, type: CataloguedType, parsed: ParsedPayload): void {
    this.#pool(() => this.#resolveOne(row, type, parsed))
      .catch((error: unknown) =>
        this.#options.log.warn({ error, job: row.id }, "admission of a job failed; it comes again"),
      )
      .finally(() => this.#resolving.delete(row.id));
  }

  async #resolveOne(row: SubmittedRow, type: CataloguedType, parsed: ParsedPayload): Promise<void> {
    const { databases, caller } = this.#options.access;
    const payload = parsed.ok ? parsed.payload : null;
    const venture = ventureFactsOf(row.venture, row.venture_facts);
    const found = await resolveReferences(type, payload, venture, this.#closed.signal);
    if (this.#closed.signal.aborted) return;
    if (found.kind === "later" && row.admit_tries < MAX_TRIES) {
      const delayMs = 5_000 * (row.admit_tries + 1);
      await deferAdmission(databases.work, caller, [{ jobId: row.id, delayMs, reason: found.message }]);
      return;
    }
    const references: References =
      found.kind === "later" ? { kind: "refused", field: null, message: found.message } : found;
    const active = await this.#policies.read();
    if (!active.ok) {
      await putOffAdmission(databases.work, caller, [row.id], NO_POLICY_MS, active.problem);
      return;
    }
    const decided = decide(submissionOf(row), type, parsed, references, active.policy);
    await admitJobs(databases.work, caller, active.policy.version, [admissionOf(row, decided)]);
  }

  async #answerPreviews(): Promise<void> {
    const now = performance.now();
    if (!this.#previewAsked && now - this.#previewsAt < PREVIEWS_EVERY_MS) return;
    this.#previewAsked = false;
    this.#previewsAt = now;
    const { databases, caller } = this.#options.access;
    for (const row of await openPreviews(databases.work, caller, 50)) {
      if (this.#resolving.has(row.id) || !this.#knows(row)) continue;
      this.#resolving.add(row.id);
      this.#pool(() => this.#answer(row))
        .catch((error: unknown) => this.#options.log.warn({ error }, "a preview was not answered"))
        .finally(() => this.#resolving.delete(row.id));
    }
  }

  /** Who does not know the announced version of a type would answer otherwise than admission decides. */
  #knows({ request, announced_version: announced }: PreviewRow): boolean {
    const known = this.#options.catalogue.get(String(request["type"]))?.definition.version;
    return announced === null || known === announced;
  }

  async #answer(row: PreviewRow): Promise<void> {
    const { access, catalogue } = this.#options;
    const submission = previewed(row);
    const type = catalogue.get(submission.type) ?? null;
    const parsed = type === null ? null : parsePayloadOf(type, submission.payload);
    let references: References = { kind: "none" };
    if (type !== null && parsed?.ok === true && type.definition.hasResolve) {
      const venture = ventureFactsOf(row.venture, row.venture_facts);
      const found = await resolveReferences(type, parsed.payload, venture, this.#closed.signal);
      references = found.kind === "later" ? { kind: "refused", field: null, message: found.message } : found;
    }
    const active = await this.#policies.read();
    if (!active.ok) throw new HoldpointError("unavailable", "policy_unreadable", active.problem);
    const { decision, plan, ceilingMicrousd } = decide(submission, type, parsed, references, active.policy);
    await answerPreview(access.databases.work, access.caller, row.id, {
      decision: decision.decision,
      rule: decision.rule,
      policy_version: decision.policyVersion,
      reason: decision.reason,
      field: decision.field,
      reasons: decision.reasons.map((reason) => reason.text),
      tier: decision.tier,
      queue: decision.queue,
      needs_approval: decision.needsApproval,
      approval: decision.approval,
      ceiling_microusd: ceilingMicrousd,
      plan: JSON.parse(plan.body),
      plan_hash: plan.hash.toString("hex"),
    });
  }
}

/** The body of a plan is kept when a person must, or (paid work, past a threshold) may have to see it, or when it names what references stood for. */
function admissionOf({ id: jobId, seq }: SubmittedRow, decided: Decided): Admission {
  const { decision, plan } = decided;
  const kept = decision.decision === "held" || decided.refs !== null || decided.ceilingMicrousd > 0;
  return {
    jobId,
    decision: decision.decision,
    rule: decision.rule,
    reason: decision.reason,
    tier: decision.tier,
    needsApproval: decision.needsApproval,
    approval: decision.approval,
    queue: decision.queue,
    typeVersion: decided.typeVersion,
    ceilingMicrousd: decided.ceilingMicrousd,
    planHash: plan.hash,
    planBody: kept ? plan.body : null,
    facts: kept ? { ...decided.facts, reasons: decision.reasons, approval: decision.approval } : null,
    refs: decided.refs,
    concurrencyKey: decided.concurrencyKey,
    seq,
  };
}
