/** What a run asks a person: held, answered, bound, told; and the same rules as for the approval of a plan. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { jobProof, packText, verifyPack } from "@holdpoint/db/audit";
import { expireJobs, planReminder } from "@holdpoint/db/runtime";
import { admitAgain, claimNow, decide, hold, lockJob } from "../gate/hold.ts";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import { meet } from "../support/meet.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import { answer, ask, nextRun, park } from "./park.ts";

const PUBLISH = { name: "publish", title: "Publish the page?" };
let scene: Scene;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  scene = await setScene();
  ann = await scene.signIn("approver", "acme");
  bob = await scene.signIn("approver", "acme");
});
afterAll(() => scene.close());
afterEach(() => expectInvariants(scene.db));

const one = async () => at(await scene.running(1), 0);
async function parked(approval: Parameters<typeof ask>[2] = { approval: PUBLISH }) {
  const lease = await one();
  expect(await park(scene, lease, approval)).toBe("held");
  return lease.jobId;
}
async function row(job: string) {
  const [found] = await scene.db.query<Record<string, unknown>>(
    `select state::text, held_for::text, reason, held_until > now() + interval '1 hour' as long, held_until, retries_used, decided_from::text from public.jobs where id = $1`,
    [job],
  );
  return found;
}
const expire = () => expireJobs(scene.on, scene.worker, 100);

describe("an approval in a run", () => {
  it("holds the job in the one inbox, and the same call of the next run returns who approved and what they filled in", async () => {
    const form = [{ name: "tone", type: "choice" as const, choices: ["calm", "loud"] }];
    const what = { approval: { ...PUBLISH, form } };
    const job = await parked(what);
    expect(await row(job)).toMatchObject({ state: "held", held_for: "park", reason: PUBLISH.title, retries_used: 0 });
    const detail = await ann.call<{ wait: unknown; approval_status: unknown }>("job_detail", job);
    expect(detail.wait).toMatchObject({
      call: "approval:publish#1",
      kind: "approval",
      request: { title: PUBLISH.title },
    });
    expect(detail.approval_status).toMatchObject({ missing: 1, you: null, form: [{ name: "tone" }] });
    expect(await answer(scene, ann, job, "approve")).toBe("bad_form");
    expect(await answer(scene, ann, job, "approve", { form: { tone: "shrill" } })).toBe("bad_form");
    expect(await answer(scene, ann, job, "approve", { form: { tone: "loud" } })).toBe("queued");
    expect(await answer(scene, bob, job, "reject")).toBe("already_decided");
    const run = await nextRun(scene, job);
    expect(verifyPack(packText(jobProof.parse(await ann.call("job_proof", job))), null).breaks).toEqual([]);
    const told = { state: "approved", by: [ann.email], form: { tone: "loud" } };
    expect(await ask(scene, run, what)).toMatchObject(told);
    // Another call is another question.
    expect(await ask(scene, run, { approval: PUBLISH, n: 2 })).toMatchObject({ state: "park" });
    expect(await scene.settle([{ ...run, outcome: "parked" }])).toMatchObject([{ state: "held" }]);
    expect(await row(job)).toMatchObject({ retries_used: 0 });
  });

  it("binds what was asked: not the plan's hash, another request's, or that of words which have changed since", async () => {
    const job = await parked();
    const [plan] = await scene.db.query<{ hash: string }>(
      "select encode(plan_hash, 'hex') as hash from public.jobs where id = $1",
      [job],
    );
    expect(await answer(scene, ann, job, "approve", { hash: plan!.hash })).toBe("plan_changed");
    expect(await answer(scene, ann, job, "approve", { hash: "12ab" })).toBe("bad_field");
    const other = await parked();
    const [foreign] = await scene.db.query<{ hash: string }>(
      "select encode(request_hash, 'hex') as hash from public.waits where job_id = $1",
      [other],
    );
    const [own] = await scene.db.query<{ hash: string }>(
      "select encode(request_hash, 'hex') as hash from public.waits where job_id = $1",
      [job],
    );
    expect(await answer(scene, ann, job, "approve", { hash: foreign!.hash })).toBe("plan_changed");
    expect(await answer(scene, ann, job, "approve")).toBe("queued");
    expect(await scene.state(other)).toBe("held");
    const run = await nextRun(scene, job);
    const changed = { approval: { ...PUBLISH, title: "Publish another page?" } };
    expect(await ask(scene, run, changed)).toMatchObject({ state: "park" });
    expect(await scene.settle([{ ...run, outcome: "parked" }])).toMatchObject([{ state: "held" }]);
    expect(await answer(scene, ann, job, "approve", { hash: own!.hash })).toBe("plan_changed");
    expect(await answer(scene, ann, job, "approve")).toBe("queued");
    // The same words in another call.
    const next = await nextRun(scene, job);
    expect(await ask(scene, next, { ...changed, n: 2 })).toMatchObject({ state: "park" });
    const stale = await scene.db.query<{ hash: string }>(
      "select encode(request_hash, 'hex') as hash from public.waits where job_id = $1 and answer = 'approved'",
      [job],
    );
    expect(await answer(scene, ann, job, "approve", { hash: stale[0]!.hash })).toBe("plan_changed");
    await scene.settle([{ ...next, outcome: "parked" }]);
  });

  it("keeps the decision that the job started on, and the gate asks for that again only when it has expired", async () => {
    const job = await hold(scene);
    await decide(scene, ann, job, "approve");
    expect(await park(scene, await nextRun(scene, job), { approval: PUBLISH })).toBe("held");
    // Undo has nothing to take back: the plan's approval was used.
    expect(await answer(scene, ann, job, "undo")).toBe("too_late_to_undo");
    expect(await answer(scene, bob, job, "approve")).toBe("queued");
    const run = await nextRun(scene, job);
    expect(await park(scene, run, { sleep: 60_000 })).toBe("queued");
    await scene.db.query("update public.decisions set expires_at = now() where job_id = $1 and by_email = $2", [
      job,
      ann.email,
    ]);
    expect(await claimNow(scene, job)).toBe("held");
    expect(await row(job)).toMatchObject({ held_for: "approval" });
  });

  it("answered before the park counts at the settle, in either order", async () => {
    for (const verb of ["approve", "reject"] as const) {
      for (const first of ["decide", "settle"] as const) {
        const lease = await one();
        await ask(scene, lease, { approval: PUBLISH });
        const calls: Record<string, () => Promise<unknown>> = {
          decide: () => answer(scene, ann, lease.jobId, verb),
          settle: () => scene.settle([{ ...lease, outcome: "parked" }]),
        };
        const order = first === "decide" ? ["decide", "settle"] : ["settle", "decide"];
        await meet(
          scene.db,
          lockJob(lease.jobId),
          order.map((name) => calls[name]!),
        );
        expect(await scene.state(lease.jobId), `${first} first`).toBe(verb === "approve" ? "queued" : "rejected");
        if (verb === "reject") continue;
        if (first === "settle") expect(await answer(scene, ann, lease.jobId, "undo")).toBe("held");
        if (first === "settle") expect(await answer(scene, ann, lease.jobId, verb)).toBe("queued");
        expect(await ask(scene, await nextRun(scene, lease.jobId), { approval: PUBLISH })).toMatchObject({
          state: "approved",
        });
      }
    }
  });

  it("survives the worker's death between question and park: answered meanwhile, the next run has it", async () => {
    const lease = await one();
    await ask(scene, lease, { sleep: 0 });
    await ask(scene, lease, { approval: PUBLISH });
    await scene.leasesOver();
    await scene.db.query("select holdpoint.reap($1, $2, 100)", [scene.worker.id, scene.worker.key]);
    // The next run goes through its earlier calls first, and finds the question as it was.
    const before = await scene.db.query(
      "select until, asked_at from public.waits where job_id = $1 and kind = 'approval'",
      [lease.jobId],
    );
    const again = await nextRun(scene, lease.jobId);
    expect(await ask(scene, again, { sleep: 0 })).toMatchObject({ state: "woken" });
    expect(await ask(scene, again, { approval: PUBLISH })).toMatchObject({ state: "park" });
    expect(
      await scene.db.query("select until, asked_at from public.waits where job_id = $1 and kind = 'approval'", [
        lease.jobId,
      ]),
    ).toEqual(before);
    await scene.leasesOver();
    await scene.db.query("select holdpoint.reap($1, $2, 100)", [scene.worker.id, scene.worker.key]);
    expect(await answer(scene, ann, lease.jobId, "approve")).toBe("queued");
    expect(await ask(scene, await nextRun(scene, lease.jobId), { approval: PUBLISH })).toMatchObject({
      state: "approved",
    });
  });

  it("can be taken back until a worker has claimed the job", async () => {
    const job = await parked();
    expect(await answer(scene, ann, job, "approve")).toBe("queued");
    expect(await answer(scene, bob, job, "undo")).toBe("held");
    expect(await row(job)).toMatchObject({ held_for: "park", reason: PUBLISH.title });
    expect(await answer(scene, ann, job, "approve")).toBe("queued");
    await nextRun(scene, job);
    expect(await answer(scene, ann, job, "undo")).toBe("too_late_to_undo");
  });

  it("rejected ends the job, or is told to the run that wants to know, which ends as rejected when it lets it through", async () => {
    const job = await parked();
    expect(await answer(scene, ann, job, "reject")).toBe("rejected");
    const what = { approval: { ...PUBLISH, otherwise: "throw" } } as const;
    const told = await parked(what);
    expect(await answer(scene, ann, told, "reject")).toBe("queued");
    expect(await answer(scene, ann, told, "undo")).toBe("held");
    expect(await answer(scene, ann, told, "reject")).toBe("queued");
    const run = await nextRun(scene, told);
    expect(await ask(scene, run, what)).toMatchObject({ state: "rejected", by: [ann.email], reason: "a reason" });
    expect(await scene.settle([{ ...run, outcome: "declined", errorMessage: "no" }])).toMatchObject([
      { state: "rejected" },
    ]);
    // A run that was told no such thing can't end a job that way.
    const liar = await one();
    expect(await scene.settle([{ ...liar, outcome: "declined", errorMessage: "no" }])).toMatchObject([
      { state: "quarantined" },
    ]);
  });

  it("expires as the request says, else as the job's own approval says: the job ends, or the run is told", async () => {
    const short = await parked({ approval: { ...PUBLISH, expires: "1m" } });
    expect(await row(short)).toMatchObject({ long: false });
    const job = await hold(scene, { approval: { expires_ms: 120_000 } });
    await decide(scene, ann, job, "approve");
    await park(scene, await nextRun(scene, job), { approval: PUBLISH });
    expect(await row(job)).toMatchObject({ long: false, held_for: "park" });
    const settings = await parked();
    expect(await row(settings)).toMatchObject({ long: true });
    const what = { approval: { ...PUBLISH, otherwise: "throw", expires: "1m" } } as const;
    const told = await parked(what);
    const jobs = [[short, told]];
    await scene.db.query("update public.jobs set held_until = clock_timestamp() where id = any ($1)", jobs);
    await scene.db.query("update public.waits set until = clock_timestamp() where job_id = any ($1)", jobs);
    expect(await answer(scene, ann, told, "approve")).toBe("expired");
    expect(await expire()).toBe(2);
    expect(await scene.state(short)).toBe("expired");
    expect(await row(told)).toMatchObject({ state: "queued", reason: "nobody_decided" });
    const run = await nextRun(scene, told);
    expect(await ask(scene, run, what)).toMatchObject({ state: "expired" });
    expect(await scene.settle([{ ...run, outcome: "declined" }])).toMatchObject([{ state: "expired" }]);
  });

  it("reminds when the request says so", async () => {
    const job = await parked({ approval: { ...PUBLISH, reminder: "2h", expires: "1d" } });
    const [task] = await scene.db.query<{ id: string }>(
      "select id from public.tasks where job_id = $1 and queue = 'approval'",
      [job],
    );
    await planReminder(scene.on, scene.worker, task!.id);
    const [reminder] = await scene.db.query(
      "select (due_at - created_at)::text as in, subject from public.tasks where job_id = $1 and queue = 'approval' and done_at is null",
      [job],
    );
    expect(reminder).toMatchObject({ subject: { reminder: true } });
    expect(String(reminder?.["in"])).toMatch(/^0[12]:/);
    const [alert] = await scene.db.query<{ title: string }>(
      "select subject ->> 'title' as title from public.tasks where job_id = $1 and queue = 'alert'",
      [job],
    );
    expect(alert?.title).toContain(PUBLISH.title);
  });

  it("takes two people, a group, a role, a typed word, as asked", async () => {
    const two = await parked({ approval: { ...PUBLISH, people: 2 } });
    expect(await answer(scene, ann, two, "approve")).toBe("held, missing a second person, an approver");
    expect(await answer(scene, ann, two, "approve")).toBe("already_approved");
    expect(await answer(scene, ann, two, "undo")).toBe("held");
    expect(await answer(scene, bob, two, "approve")).toContain("missing");
    expect(await answer(scene, ann, two, "approve")).toBe("queued");
    const run = await nextRun(scene, two);
    expect(await ask(scene, run, { approval: { ...PUBLISH, people: 2 } })).toMatchObject({
      by: [bob.email, ann.email],
    });
    await scene.settle([run]);
    const admin = await parked({ approval: { ...PUBLISH, role: "admin" } });
    expect(await answer(scene, ann, admin, "approve")).toBe("approver_role_too_low");
    const typed = await parked({ approval: { ...PUBLISH, typed: "publish acme" } });
    expect(await answer(scene, ann, typed, "approve")).toBe("confirmation_missing");
    expect(await answer(scene, ann, typed, "approve", { typed: "publish acme" })).toBe("queued");
    await scene.db.query(
      `update public.policies set document = document || jsonb_build_object('groups', jsonb_build_object('editors', jsonb_build_array($1::text)))`,
      [bob.email],
    );
    const group = await parked({ approval: { ...PUBLISH, group: "editors" } });
    expect(await answer(scene, ann, group, "approve")).toBe("approver_not_in_group");
    expect(await answer(scene, bob, group, "approve")).toBe("queued");
    const lease = await one();
    await expect(ask(scene, lease, { approval: { ...PUBLISH, group: "nobody" } })).rejects.toMatchObject({
      code: "PT422",
    });
    await scene.settle([lease]);
  });

  it("is void when its approver may no longer, when its time is over, and in a counted retry", async () => {
    const cy = await scene.signIn("approver", "acme");
    const [left, over, again, covered] = [
      await parked(),
      await parked(),
      await parked(),
      await parked({ approval: { ...PUBLISH, coversRetries: true } }),
    ];
    await answer(scene, cy, left, "approve");
    for (const job of [over, again, covered]) await answer(scene, ann, job, "approve");
    await scene.db.query("update public.operators set active = false where email = $1", [cy.email]);
    await scene.db.query("update public.decisions set expires_at = now() where job_id = $1", [over]);
    for (const job of [left, over])
      expect(await park(scene, await nextRun(scene, job), { approval: PUBLISH })).toBe("held");
    for (const job of [again, covered]) {
      const what = { approval: { ...PUBLISH, coversRetries: job === covered } };
      const run = await nextRun(scene, job);
      expect(await ask(scene, run, what)).toMatchObject({ state: "approved" });
      await scene.settle([{ ...run, outcome: "failed", errorClass: "transient", errorMessage: "no" }]);
      const retry = await nextRun(scene, job);
      expect(await ask(scene, retry, what)).toMatchObject({ state: job === covered ? "approved" : "park" });
      await scene.settle([{ ...retry, outcome: job === covered ? "succeeded" : "parked" }]);
    }
  });

  it("is asked by nobody once the job is canceled, and never by a viewer", async () => {
    const viewer = await scene.signIn("viewer", "acme");
    const job = await parked();
    expect(await answer(scene, viewer, job, "approve")).toBe("role_too_low");
    await ann.call("cancel_job", job, "no");
    expect(await answer(scene, ann, job, "approve")).toBe("not_waiting");
  });

  it("wants its details opened after a run of quick approvals, under its own hash", async () => {
    await scene.db.query("update public.settings set quick_approvals = 1");
    const lease = at(await scene.running(1, { type: "effectful" }), 0);
    await park(scene, lease, { approval: PUBLISH });
    await decide(scene, ann, await hold(scene), "approve");
    expect(await answer(scene, ann, lease.jobId, "approve")).toBe("details_not_opened");
    const { plan_hash: seen } = await ann.call<{ plan_hash: string }>("open_details", lease.jobId);
    const done = await ann.call<{ state: string }>("decide", lease.jobId, "approve", seen, "", null, seen, null);
    expect(done.state).toBe("queued");
    await scene.db.query("update public.settings set quick_approvals = 1000");
  });

  it("leaves a readmitted or retried job's own rules alone", async () => {
    const job = await hold(scene);
    await scene.db.query("select holdpoint.readmit_jobs(array[$1::uuid], 'test', 'system', 'test', now())", [job]);
    await admitAgain(scene, { id: job, type: "plain", venture: "acme" });
    expect(await decide(scene, ann, job, "approve")).toBe("queued");
  });
});
