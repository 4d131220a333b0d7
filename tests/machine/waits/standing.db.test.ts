/** Standing approvals: used for exactly their plan, as often and up to the cost they say, and never as a weaker approval. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { jobProof, packText, verifyPack } from "@holdpoint/db/audit";
import { admitJobs } from "@holdpoint/db/runtime";
import type { ApprovalRequirement } from "@holdpoint/policy";
import { claimNow, hold, planOf, reasonOf as whyHeld } from "../gate/hold.ts";
import { admission } from "../support/admission.ts";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import { setCap } from "../support/money.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import { reasonOf } from "./park.ts";

const DOLLAR = 1_000_000;
let scene: Scene;
let ann: Person;
beforeAll(async () => {
  scene = await setScene();
  ann = await scene.signIn("approver", "acme");
  await setCap(scene.db, { day: 1_000 * DOLLAR });
});
afterAll(() => scene.close());
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.db.query(
    "update public.standing_approvals set ended_at = now(), ended_by = 'test' where ended_at is null",
  );
});

interface Standing {
  id: string;
  state: string;
  uses: number;
  missing: number;
}
interface Facts {
  type?: "plain" | "paid";
  ceiling?: number;
  approval?: Partial<ApprovalRequirement>;
  plan?: { hash: Buffer; body: string };
}

/** A job that is held for a plan, as admission does it: the plan of an earlier job where one is given. */
async function held({ type = "plain", ceiling, approval = {}, plan }: Facts = {}) {
  const id = at(await scene.submitted(1, { type }), 0);
  const item = admission(
    { id, type, venture: "acme", ...(ceiling !== undefined && { ceiling }) },
    "held",
    "job",
    approval,
  );
  await admitJobs(scene.on, scene.worker, 1, [
    plan === undefined ? item : { ...item, planHash: plan.hash, planBody: plan.body },
  ]);
  return id;
}
async function planRow(job: string) {
  const [row] = await scene.db.query<{ hash: Buffer; body: string }>(
    "select hash, body from public.plans where job_id = $1",
    [job],
  );
  return row!;
}
/** What a proof pack of the job breaks on. */
const packOf = async (job: string) =>
  verifyPack(packText(jobProof.parse(await ann.call("job_proof", job))), null).breaks;
async function stand(job: string, more: object = {}, by = ann): Promise<Standing> {
  const request = {
    plan_hash: await planOf(scene, job),
    until: new Date(Date.now() + 3_600_000),
    reason: "the same each night",
    ...more,
  };
  return by.call<Standing>("add_standing", job, JSON.stringify(request));
}

describe("a standing approval", () => {
  it("lets the very same plan go on, as a decision that names it, and no other plan", async () => {
    const first = await held();
    const { id, state } = await stand(first);
    expect(state).toBe("stands");
    expect(await scene.state(first)).toBe("held");
    const plan = await planRow(first);
    const same = await held({ plan });
    expect(await scene.state(same)).toBe("queued");
    expect(await scene.events(same)).toEqual(["submitted", "held", "decision.standing"]);
    const decisions = await scene.db.query(
      "select verb::text, by_email, standing_id from public.decisions where job_id = $1",
      [same],
    );
    expect(decisions).toEqual([{ verb: "approve", by_email: ann.email, standing_id: id }]);
    expect(await claimNow(scene, same)).toBe("claimed");
    expect(await packOf(same)).toEqual([]);
    expect(await scene.state(await held())).toBe("held");
    const [listed] = await ann.call<Standing[]>("list_standing");
    expect(listed).toMatchObject({ id, uses: 1 });
  });

  it("is used so often, up to its cost, and until its date", async () => {
    const first = await held({ type: "paid", ceiling: 2 * DOLLAR });
    expect(await reasonOf(stand(first, { budget_microusd: 1 * DOLLAR }))).toBe("bad_field");
    const { id } = await stand(first, { budget_microusd: 5 * DOLLAR, max_uses: 3 });
    const more = { type: "paid", ceiling: 2 * DOLLAR, plan: await planRow(first) } as const;
    const states = [];
    for (let i = 0; i < 3; i++) states.push(await scene.state(await held(more)));
    expect(states).toEqual(["queued", "queued", "held"]);
    await scene.db.query("update public.standing_approvals set budget_microusd = 100000000 where id = $1", [id]);
    expect(await scene.state(await held(more))).toBe("queued");
    expect(await scene.state(await held(more))).toBe("held");
    await scene.db.query(
      "update public.standing_approvals set max_uses = null, until = clock_timestamp() where id = $1",
      [id],
    );
    expect(await scene.state(await held(more))).toBe("held");
  });

  it("is ended by any approver, also for what it has approved and nobody has claimed", async () => {
    const first = await held();
    const { id } = await stand(first);
    const plan = await planRow(first);
    const waiting = await held({ plan });
    const bob = await scene.signIn("approver", "acme");
    expect(await reasonOf(bob.call("end_standing", id, ""))).toBe("missing_field");
    expect(await bob.call("end_standing", id, "no longer")).toMatchObject({ state: "ended" });
    expect(await claimNow(scene, waiting)).toBe("held");
    expect(await whyHeld(scene, waiting)).toBe("The standing approval that was for this plan has been ended.");
    expect(await scene.state(await held({ plan }))).toBe("held");
    expect(await reasonOf(ann.call("end_standing", id, "twice"))).toBe("already_ended");
  });

  it("takes what the job takes: two people, the typed word, a role, and who still may", async () => {
    const bob = await scene.signIn("approver", "acme");
    const approval = { people: 2, typed: "yes, always" } as const;
    const first = await held({ approval });
    const plan = await planRow(first);
    expect(await reasonOf(stand(first))).toBe("confirmation_missing");
    const standing = await stand(first, { typed: "yes, always" });
    expect(standing).toMatchObject({ state: "unsigned", missing: 1, typed: "yes, always" });
    expect(await scene.state(await held({ approval, plan }))).toBe("held");
    const hash = plan.hash.toString("hex");
    expect(await reasonOf(ann.call("sign_standing", standing.id, hash, "yes, always"))).toBe("already_approved");
    expect(await reasonOf(bob.call("sign_standing", standing.id, hash, "yes"))).toBe("confirmation_missing");
    expect(await reasonOf(bob.call("sign_standing", standing.id, "00", "yes, always"))).toBe("plan_changed");
    expect(await bob.call("sign_standing", standing.id, hash, "yes, always")).toMatchObject({
      state: "stands",
      missing: 0,
    });
    const used = await held({ approval, plan });
    expect(await scene.state(used)).toBe("queued");
    expect(await claimNow(scene, used)).toBe("claimed");
    expect(await scene.events(used)).toEqual([
      "submitted",
      "held",
      "decision.first_of_two",
      "decision.standing",
      "running",
    ]);
    expect(await packOf(used)).toEqual([]);
    // A stricter requirement by now: another word, or an admin.
    expect(await scene.state(await held({ approval: { ...approval, typed: "other" }, plan }))).toBe("held");
    expect(await scene.state(await held({ approval: { ...approval, role: "admin" }, plan }))).toBe("held");
    await scene.db.query("update public.operators set active = false where email = $1", [bob.email]);
    expect(await scene.state(await held({ approval, plan }))).toBe("held");
  });

  it("is refused in a bad shape, for a job that needs no approval, or by who may not approve", async () => {
    const job = await held();
    expect(await reasonOf(stand(job, { until: null }))).toBe("bad_field");
    expect(await reasonOf(stand(job, { until: "2020-01-01T00:00:00Z" }))).toBe("bad_field");
    expect(await reasonOf(stand(job, { reason: "" }))).toBe("missing_field");
    expect(await reasonOf(stand(job, { max_uses: 0 }))).toBe("bad_field");
    expect(await reasonOf(stand(job, { plan_hash: "0".repeat(64) }))).toBe("plan_changed");
    expect(await reasonOf(stand(job, { only_schedule: true }))).toBe("no_schedule");
    expect(await reasonOf(stand(job, { other: 1 }))).toBe("unknown_field");
    const [free] = await scene.admitted(1);
    expect(await reasonOf(stand(free!.id))).toBe("no_approval_needed");
    const admin = await hold(scene, { approval: { role: "admin" } });
    expect(await reasonOf(stand(admin))).toBe("approver_role_too_low");
  });

  it("of a schedule is for what that schedule submits", async () => {
    const first = await held();
    await scene.db.query(
      "update public.jobs set submitted_by_kind = 'schedule', submitted_by_id = 'nightly' where id = $1",
      [first],
    );
    expect(await stand(first, { only_schedule: true })).toMatchObject({ schedule: "nightly" });
    expect(await scene.state(await held({ plan: await planRow(first) }))).toBe("held");
  });
});
