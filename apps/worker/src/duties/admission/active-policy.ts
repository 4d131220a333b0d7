import { readStoredPolicy } from "@holdpoint/db/policy-file";
import { keepRetryRules, readPolicy } from "@holdpoint/db/runtime";
import type { ActivePolicyRow, Caller, Queryable } from "@holdpoint/db/runtime";
import { BUILT_IN_RETRIES } from "@holdpoint/policy";
import type { Policy } from "@holdpoint/policy";

/** The policy in force; or why nothing may be decided by this process. */
export type ActivePolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly version: number; readonly problem: string };

/** Reads the active policy, and keeps it while it is in force. Who can't understand it decides nothing. */
export class PolicyReader {
  readonly #db: Queryable;
  readonly #caller: Caller;
  #known: ActivePolicy | null = null;
  #readAt = -Infinity;

  constructor(db: Queryable, caller: Caller) {
    this.#db = db;
    this.#caller = caller;
  }

  /** The version that was last read; null before the first. */
  get version(): number | null {
    return this.#known === null ? null : versionOf(this.#known);
  }

  /** The policy that is in force now: one short question to the database. */
  async read(): Promise<ActivePolicy> {
    const at = performance.now();
    const row = await readPolicy(this.#db, this.#caller, this.version);
    if (this.#known === null || row.source !== undefined) {
      const known = understand(row);
      // Before the first decision by it: settling never reads a policy.
      if (known.ok && known.policy.retries !== BUILT_IN_RETRIES)
        await keepRetryRules(this.#db, this.#caller, known.policy.version, known.policy.retries);
      this.#known = known;
    }
    this.#readAt = at;
    return this.#known;
  }

  /** One that was in force `maxAgeMs` ago, for whom the gate asks again. */
  async recent(maxAgeMs: number): Promise<ActivePolicy> {
    if (this.#known !== null && performance.now() - this.#readAt <= maxAgeMs) return this.#known;
    return await this.read();
  }
}

function versionOf(known: ActivePolicy): number {
  return known.ok ? known.policy.version : known.version;
}

function understand(row: ActivePolicyRow): ActivePolicy {
  const { version, source, document } = row;
  const cannot = (problem: string): ActivePolicy => ({
    ok: false,
    version,
    problem: `Nothing is decided: policy version ${version} ${problem}`,
  });
  if (source === undefined || source === null) return cannot("is not stored.");
  const read = readStoredPolicy(version, source, document);
  if (read.ok) return { ok: true, policy: read.policy };
  const [first] = read.problems;
  return cannot(`can't be understood by this worker (line ${first?.line ?? 0}: ${first?.message ?? "unknown"}).`);
}
