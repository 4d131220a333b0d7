/** What may change between a decision and the run is read again right before the run (GATE 9, 13, 23). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectInvariants } from "../support/invariants.ts";
import { meet } from "../support/meet.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import { claimNow, decide, hold, lockJob, reasonOf } from "./hold.ts";

let scene: Scene;
let ann: Person;
beforeEach(async () => {
  scene = await setScene();
  ann = await scene.signIn("approver");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const approved = async (approval = {}) => {
  const job = await hold(scene, { approval });
  expect(await decide(scene, ann, job, "approve")).toBe("queued");
  return job;
};
const expectHeldAgain = async (job: string, why: string) => {
  expect(await claimNow(scene, job)).toBe("held");
  expect(await reasonOf(scene, job)).toBe(why);
  expect(await scene.state(job)).toBe("held");
};

describe("an approved job is held again at the gate", () => {
  it("when the decider was deactivated", async () => {
    const job = await approved();
    await scene.db.query("update public.operators set active = false where user_id = $1", [ann.userId]);
    await expectHeldAgain(job, `${ann.email}, who approved this, is no longer an active operator.`);
  });

  it("when the decider's role was lowered, or lost", async () => {
    for (const sql of [
      "update public.memberships set role = 'viewer' where user_id = $1",
      "delete from public.memberships where user_id = $1",
    ]) {
      await scene.db.query(
        "insert into public.memberships values ($1, 'fleet', 'approver') on conflict (user_id, venture) do update set role = 'approver'",
        [ann.userId],
      );
      const job = await approved();
      await scene.db.query(sql, [ann.userId]);
      await expectHeldAgain(job, `${ann.email}, who approved this, no longer has the role that it takes.`);
    }
  });

  it("when the requirement became stricter than the decision", async () => {
    const job = await approved();
    await scene.db.query(`update public.jobs set approval = approval || '{"people": 2}' where id = $1`, [job]);
    await expectHeldAgain(job, "A second person must approve this.");
  });

  it("when the plan is another one", async () => {
    const job = await approved();
    await scene.db.query("update public.jobs set plan_hash = sha256('other') where id = $1", [job]);
    expect(await claimNow(scene, job)).toBe("held");
    expect(await reasonOf(scene, job)).toBe(`The approval of ${ann.email} was for another plan.`);
    // An invariant of admission, which this test broke to see the gate hold.
    await scene.db.query("update public.jobs j set plan_hash = p.hash from public.plans p where p.job_id = j.id");
  });

  it("when the approval has expired", async () => {
    const job = await approved();
    await scene.db.query("update public.decisions set expires_at = clock_timestamp()");
    await expectHeldAgain(job, `The approval of ${ann.email} has expired.`);
  });

  it("when the decider is deactivated while the claim waits for the job", async () => {
    const job = await approved();
    const [verdict] = await meet(
      scene.db,
      `${lockJob(job)}; update public.operators set active = false where user_id = '${ann.userId}'; update public.jobs set run_at = clock_timestamp() where id = '${job}'`,
      [
        async () => {
          const [row] = await scene.claim([{ id: job, dispatchNo: 1 }]);
          return row?.verdict;
        },
      ],
    );
    expect(verdict).toBe("held");
  });

  it("and starts when another person approves what stands now", async () => {
    const job = await approved();
    await scene.db.query("update public.operators set active = false where user_id = $1", [ann.userId]);
    await claimNow(scene, job);
    const bob = await scene.signIn("approver", "acme");
    expect(await decide(scene, bob, job, "approve")).toBe("queued");
    expect(await claimNow(scene, job)).toBe("claimed");
  });
});
