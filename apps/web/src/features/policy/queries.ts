import "server-only";
import { readStoredPolicy, type SourceProblem } from "@holdpoint/db/policy-file";
import { listPolicies, readStoredVersion, type PolicyHead, type StoredPolicy } from "@holdpoint/db/people";
import type { Policy } from "@holdpoint/policy";
import { cache } from "react";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

export interface ActivePolicy {
  stored: StoredPolicy;
  /** Null: this program can't understand it, and no worker of its version can. */
  policy: Policy | null;
  problem: SourceProblem | null;
}

/** The policy in force, as text and as rules. */
export const readPolicy = cache((): Promise<Result<ActivePolicy>> =>
  attempt(async () => {
    const stored = await readStoredVersion(await operatorClient());
    const read = readStoredPolicy(stored.version, stored.source, stored.document);
    return read.ok
      ? { stored, policy: read.policy, problem: null }
      : { stored, policy: null, problem: read.problems[0] ?? null };
  }),
);

/** Every version that was ever in force, the newest first. */
export const readVersions = cache((): Promise<Result<PolicyHead[]>> =>
  attempt(async () => listPolicies(await operatorClient())),
);
