/** Retries as a policy says: its numbers are those of the version that admitted the job, and settle decides as packages/policy. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admitJobs, keepRetryRules } from "@holdpoint/db/runtime";
import { afterFailure, BUILT_IN_RETRIES, checkPolicy, ERROR_CLASSES } from "@holdpoint/policy";
import type { RetryPolicy } from "@holdpoint/policy";
import { admission } from "../support/admission.ts";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import { TYPES } from "../support/types.ts";
import type { TypeName } from "../support/types.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await setScene();
});
afterAll(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

function retriesOf(retries: unknown): RetryPolicy {
  const checked = checkPolicy({ format: 1, retries }, 7);
  if (!checked.ok) throw new Error(checked.problems.map((one) => one.message).join("; "));
  return checked.policy.retries;
}
const OURS = retriesOf({
  tiers: { small: { retries: 1, backoff: "linear", base: "1m", max: "5m" }, medium: { by_itself: false } },
  classes: { bug: { retry: false }, timeout: { used_up: "quarantined" } },
});

async function running(type: TypeName, policyVersion: number) {
  const [id] = await scene.submitted(1, { type });
  await admitJobs(scene.on, scene.worker, policyVersion, [admission({ id: id!, type, venture: "acme" }, "queued")]);
  const [row] = await scene.claim([{ id: id!, dispatchNo: 1 }]);
  return { jobId: id!, token: row!.token };
}

describe("retry rules", () => {
  it("decide in SQL as in packages/policy, for each class, tier and number of retries, built in or not", async () => {
    await keepRetryRules(scene.on, scene.worker, 2, OURS);
    for (const [version, policy] of [
      [1, BUILT_IN_RETRIES],
      [2, OURS],
    ] as const)
      for (const type of ["plain", "effectful"] as const)
        for (const tier of ["small", "medium", "large", "approval_required"] as const)
          for (const errorClass of ERROR_CLASSES)
            for (const retriesUsed of [0, 1, 3]) {
              const [row] = await scene.db.query<{ to: string }>(
                `select holdpoint.after_failure(jsonb_populate_record(null::public.jobs, jsonb_build_object('type', $1::text, 'type_version', 1, 'tier', $2::text,
                   'retries_used', $3::int, 'policy_version', $4::int)), $5::public.error_class) as to`,
                [type, tier, retriesUsed, version, errorClass],
              );
              const declaresEffects = TYPES[type].effect_kinds.length > 0;
              expect(row?.to, `${version} ${type} ${tier} ${errorClass} ${retriesUsed}`).toBe(
                afterFailure({ tier, errorClass, retriesUsed, declaresEffects }, policy),
              );
            }
  });

  it("of a version never change, whoever keeps them again; and a job goes by those of its own version", async () => {
    await keepRetryRules(scene.on, scene.worker, 3, OURS);
    expect(await keepRetryRules(scene.on, scene.worker, 3, BUILT_IN_RETRIES)).toBe(false);
    const [old, mine] = [await running("plain", 1), await running("plain", 3)];
    const bug = { outcome: "failed", errorClass: "bug", errorMessage: "no" } as const;
    await scene.settle([
      { ...old, ...bug },
      { ...mine, ...bug },
    ]);
    expect(await scene.state(old.jobId)).toBe("queued");
    expect(await scene.state(mine.jobId)).toBe("quarantined");
    const slow = await running("plain", 3);
    await scene.settle([{ ...slow, outcome: "failed", errorClass: "transient", errorMessage: "no" }]);
    const [row] = await scene.db.query<{ ms: number }>(
      "select round(extract(epoch from run_at - updated_at) * 1000)::int as ms from public.jobs where id = $1",
      [slow.jobId],
    );
    expect(at([row], 0)?.ms).toBe(60_000);
  });
});
