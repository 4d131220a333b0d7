/** The adversarial path of the published control (docs/gate.md, point 23), each try under the name of what it tries. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import pg from "pg";
import { admitJobs } from "@holdpoint/db/runtime";
import { toHoldpointError } from "@holdpoint/db";
import { admission } from "../support/admission.ts";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import { meet } from "../support/meet.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { ReadyJob, Scene } from "../support/scene.ts";
import { admitAgain, claimNow, decide, hold, lockJob, planOf, reasonOf } from "./hold.ts";

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

const hintOf = async (job: string) =>
  at(await scene.db.query<ReadyJob>(`select id, dispatch_no as "dispatchNo" from public.jobs where id = $1`, [job]), 0);
const dueNow = (job: string) =>
  scene.db.query("update public.jobs set run_at = clock_timestamp() where id = $1 and phase = 'q'", [job]);
const reason = (answer: Promise<unknown>) =>
  answer.then(
    () => "ok",
    (error: unknown) => toHoldpointError(error).reason,
  );

describe("without approval", () => {
  it("no hint starts a held job, whatever dispatch number it forges", async () => {
    const job = await hold(scene);
    for (const dispatchNo of [0, 1, 2, 2_147_483_647])
      expect(await scene.claim([{ id: job, dispatchNo }])).toMatchObject([{ verdict: "stale" }]);
    expect(await scene.state(job)).toBe("held");
  });

  it("admission can't be asked a second time for a kinder answer", async () => {
    const job = await hold(scene);
    const again = admission({ id: job, type: "plain", venture: "acme" }, "queued");
    expect(await admitJobs(scene.on, scene.worker, 1, [again])).toBe(0);
    expect(await scene.state(job)).toBe("held");
  });

  it("a job that is queued and needs an approval it has not is held at the gate", async () => {
    const job = await hold(scene);
    await decide(scene, ann, job, "approve");
    await scene.db.query("update public.jobs set decision_id = null, decided_from = null where id = $1", [job]);
    expect(await claimNow(scene, job)).toBe("held");
    expect(await reasonOf(scene, job)).toBe("Nobody has approved this.");
  });
});

describe("by another path", () => {
  it("nobody writes a decision, a job, an opened card or the parts of decide() directly", async () => {
    const job = await hold(scene);
    const admin = await scene.signIn("admin");
    const tries = [
      `update public.jobs set state = 'queued', phase = 'q', held_for = null where id = '${job}'`,
      `update public.jobs set approval = null where id = '${job}'`,
      `insert into public.decisions select * from public.decisions`,
      `insert into holdpoint.opened_details values ('${admin.userId}', '${job}', null, now())`,
      `select holdpoint.apply_decision(j, null, 'approve', null, null, null, null, now()) from public.jobs j`,
      `select holdpoint.record_first(j, null, 'approve', null, null, null, now()) from public.jobs j`,
      `select holdpoint.admit_jobs('${scene.worker.id}', '${scene.worker.key}', 1, null, null, null, null, null, null, null, null, null, null, null, null, null)`,
      `select holdpoint.claim_jobs('${scene.worker.id}', '${scene.worker.key}', gen_random_uuid(), 'build', array['${job}'::uuid], array[1])`,
      `select holdpoint.readmit_jobs(array['${job}'::uuid], 'x', 'x', 'x', now())`,
    ];
    for (const sql of tries) await expect(admin.rows(sql), sql).rejects.toMatchObject({ code: "42501" });
    expect(await scene.state(job)).toBe("held");
  });

  it("neither the worker's nor the web's login decides, also not with a person's claims", async () => {
    const job = await hold(scene);
    const hash = await planOf(scene, job);
    for (const connectionString of [scene.db.workerUrl, scene.db.webUrl]) {
      const client = new pg.Client({ connectionString });
      await client.connect();
      try {
        await client.query(
          "select set_config('request.jwt.claim.sub', $1, false), set_config('request.jwt.claims', $2, false)",
          [ann.userId, JSON.stringify({ sub: ann.userId, role: "authenticated" })],
        );
        await expect(client.query("select public.decide($1, 'approve', $2)", [job, hash])).rejects.toMatchObject({
          code: "42501",
        });
        await expect(client.query("select public.open_details($1)", [job])).rejects.toMatchObject({ code: "42501" });
      } finally {
        await client.end();
      }
    }
    expect(await scene.state(job)).toBe("held");
  });

  it("a viewer, a stranger, a deactivated person and an ended session decide nothing", async () => {
    await scene.addVenture("beta");
    const job = await hold(scene);
    const hash = await planOf(scene, job);
    const viewer = await scene.signIn("viewer", "acme");
    const stranger = await scene.signIn("admin", "beta");
    const left = await scene.signIn("admin");
    const ended = await scene.signIn("admin");
    await scene.db.query("update public.operators set active = false where user_id = $1", [left.userId]);
    await scene.db.query("delete from auth.sessions where user_id = $1", [ended.userId]);
    for (const [person, why] of [
      [viewer, "role_too_low"],
      [stranger, "unknown_job"],
      [left, "not_an_operator"],
      [ended, "not_an_operator"],
    ] as const)
      for (const verb of ["approve", "reject", "undo"])
        expect(await reason(person.call("decide", job, verb, hash, ""))).toBe(why);
    expect(await scene.state(job)).toBe("held");
  });

  it("a decider whose rights go while the call waits for the job decides nothing", async () => {
    const job = await hold(scene);
    const hash = await planOf(scene, job);
    const [answer] = await meet(
      scene.db,
      `${lockJob(job)}; update public.operators set active = false where user_id = '${ann.userId}'`,
      [() => reason(ann.call("decide", job, "approve", hash, ""))],
    );
    expect(answer).toBe("not_an_operator");
    expect(await scene.state(job)).toBe("held");
  });
});

describe("by oneself", () => {
  it("who asked for the job is none of the two, under any spelling of the e-mail", async () => {
    const job = await hold(scene, { approval: { people: 2 }, by: ann });
    await scene.db.query("update public.jobs set submitted_by_id = upper(submitted_by_id) where id = $1", [job]);
    expect(await decide(scene, ann, job, "approve")).toBe("own_request");
  });

  it("one person with two memberships is one person", async () => {
    await scene.db.query("insert into public.memberships values ($1, 'acme', 'admin')", [ann.userId]);
    const job = await hold(scene, { approval: { people: 2 } });
    await decide(scene, ann, job, "approve");
    expect(await decide(scene, ann, job, "approve")).toBe("already_approved");
    expect(await scene.state(job)).toBe("held");
  });
});

describe("twice", () => {
  it("a message sent twice, or to two workers, starts one run", async () => {
    const job = await hold(scene);
    await decide(scene, ann, job, "approve");
    await dueNow(job);
    const hint = await hintOf(job);
    const verdicts = (await scene.claim([hint, hint])).map((row) => row.verdict);
    expect(verdicts.toSorted()).toEqual(["claimed", "stale"]);
    expect(await scene.claim([hint])).toMatchObject([{ verdict: "stale" }]);
    expect((await scene.events(job)).filter((type) => type === "running")).toHaveLength(1);
  });

  it("a decision sent twice is one, and does not stand for a run after the job was rejected", async () => {
    const job = await hold(scene);
    expect(await decide(scene, ann, job, "approve")).toBe("queued");
    expect(await decide(scene, ann, job, "approve")).toBe("already_decided");
    expect(await decide(scene, ann, job, "undo")).toBe("held");
    expect(await decide(scene, ann, job, "reject")).toBe("rejected");
    expect(await decide(scene, ann, job, "approve")).toBe("already_decided");
    expect(await claimNow(scene, job)).toBe("stale");
  });
});

describe("with altered parameters", () => {
  it("after the decision, the new plan is held and the old yes is for nothing", async () => {
    const job = await hold(scene);
    const before = await planOf(scene, job);
    await decide(scene, ann, job, "approve");
    await scene.db.query("select holdpoint.readmit_jobs(array[$1::uuid], 'test', 'system', 'test', now())", [job]);
    await admitAgain(scene, { id: job, type: "effectful", venture: "acme" });
    expect(await planOf(scene, job)).not.toBe(before);
    expect(await claimNow(scene, job)).toBe("stale");
    expect(await reason(ann.call("decide", job, "approve", before, ""))).toBe("plan_changed");
    const plans = await scene.db.query("select plan_no from public.plans where job_id = $1 order by plan_no", [job]);
    expect(plans).toEqual([{ plan_no: 1 }, { plan_no: 2 }]);
  });

  it("a forged hash decides nothing", async () => {
    const job = await hold(scene);
    const hash = await planOf(scene, job);
    for (const [forged, why] of [
      ["0".repeat(64), "plan_changed"],
      [hash.toUpperCase(), "bad_field"],
      [hash.slice(0, 63), "bad_field"],
      [`${hash} `, "bad_field"],
      ["", "bad_field"],
      [null, "bad_field"],
    ] as const)
      expect(await reason(ann.call("decide", job, "approve", forged, "")), String(forged)).toBe(why);
    expect(await scene.db.query("select from public.decisions")).toEqual([]);
  });
});

describe("with a decision that is replayed", () => {
  it("from another job: the other's hash is refused, and the other's decision does not count at the gate", async () => {
    const job = await hold(scene);
    const other = await hold(scene);
    expect(await reason(ann.call("decide", job, "approve", await planOf(scene, other), ""))).toBe("plan_changed");
    await decide(scene, ann, other, "approve");
    await decide(scene, ann, job, "approve");
    const [own] = await scene.db.query<{ decision_id: string }>(
      `update public.jobs j set decision_id = o.decision_id from public.jobs o, public.jobs b where j.id = $1 and b.id = j.id and o.id = $2
       returning b.decision_id`,
      [job, other],
    );
    expect(own).toBeDefined();
    expect(await claimNow(scene, job)).toBe("held");
    expect(await reasonOf(scene, job)).toBe("What it refers to is not an approval of this job.");
  });

  it("after it was undone", async () => {
    const job = await hold(scene);
    await decide(scene, ann, job, "approve");
    const [old] = await scene.db.query<{ id: string }>("select decision_id as id from public.jobs where id = $1", [
      job,
    ]);
    await decide(scene, ann, job, "undo");
    const bob = await scene.signIn("approver");
    await decide(scene, bob, job, "approve");
    await scene.db.query("update public.jobs set decision_id = $2 where id = $1", [job, old?.id]);
    expect(await claimNow(scene, job)).toBe("held");
  });

  it("after the time to decide, or after the approval ran out", async () => {
    const job = await hold(scene, { approval: { expires_ms: 1 } });
    expect(await decide(scene, ann, job, "approve")).toBe("expired");
    await scene.db.query("update public.jobs set held_until = clock_timestamp() + interval '1 hour' where id = $1", [
      job,
    ]);
    expect(await decide(scene, ann, job, "approve")).toBe("queued");
    expect(await claimNow(scene, job)).toBe("held");
    expect(await reasonOf(scene, job)).toBe(`The approval of ${ann.email} has expired.`);
  });
});

describe("while a stop stands", () => {
  it("an approval is recorded and releases nothing until the stop is lifted", async () => {
    const job = await hold(scene);
    const stop = await ann.call<{ id: string }>("engage_stop", "venture", "acme", "look first");
    await ann.call("confirm_stop", stop.id);
    expect(await decide(scene, ann, job, "approve")).toBe("queued");
    expect(await claimNow(scene, job)).toBe("blocked");
    const admin = await scene.signIn("admin");
    await admin.call("lift_stop", stop.id, "LIFT");
    expect(await claimNow(scene, job)).toBe("claimed");
  });
});
