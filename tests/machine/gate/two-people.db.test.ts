/** Two different people: dual authorisation, also when everybody decides at once. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectInvariants } from "../support/invariants.ts";
import { meet } from "../support/meet.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import { admitAgain, claimNow, claimRow, decide, hold, lockJob, reasonOf } from "./hold.ts";

const TWO = { people: 2 } as const;
let scene: Scene;
let ann: Person;
let bob: Person;
beforeEach(async () => {
  scene = await setScene();
  ann = await scene.signIn("approver");
  bob = await scene.signIn("approver", "acme");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

describe("a job that two people must release", () => {
  it("goes on waiting after the first, says who is missing, and runs after the second", async () => {
    const job = await hold(scene, { approval: TWO });
    expect(await decide(scene, ann, job, "approve")).toBe("held, missing a second person, an approver");
    expect(await reasonOf(scene, job)).toBe(`${ann.email} approved; missing: a second person, an approver`);
    expect(await claimNow(scene, job)).toBe("stale");
    expect(await decide(scene, bob, job, "approve")).toBe("queued");
    expect(await claimNow(scene, job)).toBe("claimed");
    expect(await scene.events(job)).toEqual([
      "submitted",
      "held",
      "decision.first_of_two",
      "decision.approved",
      "running",
    ]);
  });

  it("is not released by the same person twice", async () => {
    const job = await hold(scene, { approval: TWO });
    await decide(scene, ann, job, "approve");
    expect(await decide(scene, ann, job, "approve")).toBe("already_approved");
    expect(await scene.state(job)).toBe("held");
  });

  it("is not released with the yes of whoever asked for it, who may still reject it", async () => {
    const job = await hold(scene, { approval: TWO, by: ann });
    expect(await decide(scene, ann, job, "approve")).toBe("own_request");
    const cy = await scene.signIn("admin", "acme");
    await decide(scene, bob, job, "approve");
    expect(await decide(scene, ann, job, "approve")).toBe("own_request");
    expect(await decide(scene, cy, job, "approve")).toBe("queued");
    const other = await hold(scene, { approval: TWO, by: ann });
    expect(await decide(scene, ann, other, "reject")).toBe("rejected");
  });

  it("is released once by ten who decide at once: one first, one second, the others learn it", async () => {
    const people = [ann, bob];
    for (let i = 0; i < 8; i++) people.push(await scene.signIn("approver"));
    const job = await hold(scene, { approval: TWO });
    const answers = await meet(
      scene.db,
      lockJob(job),
      people.map((person) => () => decide(scene, person, job, "approve")),
    );
    expect(answers.toSorted()).toEqual([
      ...Array<string>(8).fill("already_decided"),
      "held, missing a second person, an approver",
      "queued",
    ]);
  });

  it("is ended by one rejection, also after the first yes", async () => {
    const job = await hold(scene, { approval: TWO });
    await decide(scene, ann, job, "approve");
    expect(await decide(scene, bob, job, "reject")).toBe("rejected");
    expect(await decide(scene, ann, job, "approve")).toBe("already_decided");
  });

  it("asks both again when the release is undone, when the first yes is taken back, and after readmission", async () => {
    const job = await hold(scene, { approval: TWO });
    await decide(scene, ann, job, "approve");
    await decide(scene, bob, job, "approve");
    expect(await decide(scene, ann, job, "undo")).toBe("held");
    expect(await decide(scene, bob, job, "approve")).toContain("missing");
    expect(await decide(scene, bob, job, "undo")).toBe("held");
    expect(await decide(scene, ann, job, "approve")).toContain("missing");
    await scene.db.query("select holdpoint.readmit_jobs(array[$1::uuid], 'test', 'system', 'test', now())", [job]);
    await admitAgain(scene, { id: job, type: "plain", venture: "acme" }, TWO);
    expect(await decide(scene, ann, job, "approve")).toContain("missing");
    expect(await decide(scene, bob, job, "approve")).toBe("queued");
  });

  it("takes two again to release it after it failed", async () => {
    const job = await hold(scene, { approval: TWO });
    await decide(scene, ann, job, "approve");
    await decide(scene, bob, job, "approve");
    const { token } = await claimRow(scene, job);
    await scene.settle([{ jobId: job, token, outcome: "failed", errorClass: "bug", errorMessage: "no" }]);
    expect(await scene.state(job)).toBe("quarantined");
    expect(await decide(scene, ann, job, "release")).toContain("quarantined, missing a second person");
    expect(await decide(scene, bob, job, "release")).toBe("queued");
    expect(await claimNow(scene, job)).toBe("claimed");
  });

  it("does not start on one yes, when the other's author has left since", async () => {
    const job = await hold(scene, { approval: TWO });
    await decide(scene, ann, job, "approve");
    await scene.db.query("update public.operators set active = false where user_id = $1", [ann.userId]);
    expect(await decide(scene, bob, job, "approve")).toContain("missing a second person");
    expect(await scene.state(job)).toBe("held");
  });
});
