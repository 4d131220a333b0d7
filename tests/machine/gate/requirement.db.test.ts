/** Who may approve, and how: role, group, typed confirmation, time. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectInvariants } from "../support/invariants.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import { claimNow, claimRow, decide, hold, planOf } from "./hold.ts";

let scene: Scene;
let ann: Person;
let bob: Person;
beforeEach(async () => {
  scene = await setScene();
  ann = await scene.signIn("approver");
  bob = await scene.signIn("admin", "acme");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

describe("an approval that takes", () => {
  it("an admin is not given by an approver, who may reject", async () => {
    const job = await hold(scene, { approval: { role: "admin" } });
    expect(await decide(scene, ann, job, "approve")).toBe("approver_role_too_low");
    expect(await decide(scene, bob, job, "approve")).toBe("queued");
    const other = await hold(scene, { approval: { role: "admin" } });
    expect(await decide(scene, ann, other, "reject")).toBe("rejected");
  });

  it("a group is given by its members alone, as admission found them", async () => {
    const group = { group: "ops", members: [ann.email] };
    const job = await hold(scene, { approval: group });
    expect(await decide(scene, bob, job, "approve")).toBe("approver_not_in_group");
    expect(await decide(scene, ann, job, "approve")).toBe("queued");
    const nobody = await hold(scene, { approval: { group: "money & ops", members: [] } });
    expect(await decide(scene, ann, nobody, "approve")).toBe("approver_not_in_group");
  });

  it("a typed text is given with exactly that text", async () => {
    const job = await hold(scene, { approval: { typed: "PUBLISH acme" } });
    for (const typed of [null, "", "publish acme", "PUBLISH acme "])
      expect(await decide(scene, ann, job, "approve", typed)).toBe("confirmation_missing");
    await expect(ann.call("decide", job, "approve", await planOf(scene, job), "", "PUBLISH")).rejects.toMatchObject({
      code: "PT400",
      hint: "Type exactly: PUBLISH acme",
    });
    expect(await decide(scene, ann, job, "approve", "PUBLISH acme")).toBe("queued");
  });

  it("less time expires when that is over, not when the settings say", async () => {
    const job = await hold(scene, { approval: { expires_ms: 60_000, reminder_ms: 20_000 } });
    const [row] = await scene.db.query(
      "select round(extract(epoch from held_until - updated_at) * 1000)::int as ms from public.jobs where id = $1",
      [job],
    );
    expect(row).toEqual({ ms: 60_000 });
    const [task] = await scene.db.query<{ id: string }>("select id from public.tasks where job_id = $1", [job]);
    await scene.db.query("select holdpoint.plan_reminder($1, $2, $3)", [scene.worker.id, scene.worker.key, task?.id]);
    const [reminder] = await scene.db.query(
      `select round(extract(epoch from t.due_at - j.updated_at) * 1000)::int as ms from public.tasks t join public.jobs j on j.id = t.job_id
       where j.id = $1 and t.subject ? 'reminder'`,
      [job],
    );
    expect(reminder).toEqual({ ms: 20_000 });
    await scene.db.query("update public.jobs set held_until = clock_timestamp() where id = $1", [job]);
    await scene.db.query("select holdpoint.expire_jobs($1, $2, 10)", [scene.worker.id, scene.worker.key]);
    expect(await scene.state(job)).toBe("expired");
    expect(await decide(scene, ann, job, "approve")).toBe("not_waiting");
  });

  it("is shown: what it takes, who is missing, and why the reader's would not count", async () => {
    const job = await hold(scene, { approval: { people: 2, role: "admin" } });
    await decide(scene, bob, job, "approve");
    const { approval_status: approval } = await ann.call<{ approval_status: Record<string, unknown> }>(
      "job_detail",
      job,
    );
    expect(approval).toMatchObject({
      requirement: { people: 2, role: "admin", typed: null },
      given: [{ by: bob.email, fault: null }],
      missing: 1,
      who: "a second person, an admin",
      you: "approver_role_too_low",
    });
    const { approval_status: own } = await bob.call<{ approval_status: Record<string, unknown> }>("job_detail", job);
    expect(own).toMatchObject({ you: "already_approved" });
  });
});

describe("a counted retry", () => {
  const fail = async (approval: { covers_retries: boolean }) => {
    const job = await hold(scene, { approval });
    await decide(scene, ann, job, "approve");
    // As a tier with retries would have it: by itself an approved job has none.
    await scene.db.query("update public.jobs set tier = 'small' where id = $1", [job]);
    const { token } = await claimRow(scene, job);
    await scene.settle([{ jobId: job, token, outcome: "failed", errorClass: "transient", errorMessage: "down" }]);
    expect(await scene.state(job)).toBe("queued");
    return job;
  };

  it("asks again", async () => {
    expect(await claimNow(scene, await fail({ covers_retries: false }))).toBe("held");
  });

  it("is covered where the requirement says so", async () => {
    expect(await claimNow(scene, await fail({ covers_retries: true }))).toBe("claimed");
  });
});
