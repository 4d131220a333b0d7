import { HoldpointError } from "@holdpoint/policy";
import { z } from "zod";
import { answer, callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

const policyHead = z.object({
  version: z.number(),
  sha256: z.string(),
  reason: z.string().nullable(),
  activated_by: z.string(),
  activated_at: instant,
});
export type PolicyHead = z.output<typeof policyHead>;

const storedPolicy = policyHead.extend({ source: z.string(), document: z.unknown() });
export type StoredPolicy = z.output<typeof storedPolicy>;

/** Every policy that was ever in force, the newest first. */
export function listPolicies(client: PeopleClient): Promise<PolicyHead[]> {
  const columns = Object.keys(policyHead.shape).join(",");
  const request = client.from("policies").select(columns).order("version", { ascending: false }).limit(1_000);
  return answer(request, z.array(policyHead), "policies");
}

/** One version of the policy with its text; without a version the active one. `active` is the version in force. */
export async function readStoredVersion(
  client: PeopleClient,
  version?: number,
): Promise<StoredPolicy & { active: number }> {
  const settings = client.from("settings").select("policy_version").single();
  const { policy_version: active } = await answer(settings, z.object({ policy_version: z.number() }), "settings");
  const columns = Object.keys(storedPolicy.shape).join(",");
  const request = client
    .from("policies")
    .select(columns)
    .eq("version", version ?? active);
  const [found] = await answer(request, z.array(storedPolicy), "policies");
  if (found) return { ...found, active };
  throw new HoldpointError("not_found", "unknown_policy", `There is no version ${version ?? active} of the policy.`, {
    field: "version",
    remedy: "`holdpoint policy list` lists the versions.",
  });
}

const activation = z.strictObject({
  source: z.string(),
  document: z.record(z.string(), z.unknown()),
  /** The version that it was compared with. */
  over: z.int(),
  reason: z.string().trim().min(1).max(2_000).optional(),
});
const activated = z.object({
  version: z.number(),
  over: z.number(),
  sha256: z.string(),
  /** Jobs that waited for an approval of an older version and are decided anew. */
  readmitted: z.number(),
  activated_at: instant,
});
export type ActivatedPolicy = z.output<typeof activated>;

/** Makes a policy the active one, in one transaction. Needs an admin of the fleet. Conflict when the active version is another by now. */
export function activatePolicy(client: PeopleClient, request: z.input<typeof activation>): Promise<ActivatedPolicy> {
  return callRpc(client, "activate_policy", { p_request: parseInput(activation, request) }, activated);
}
