/** Activating a policy: an admin's act, once, over the version that it was compared with; what older ones decided is void. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { admitJobs, readmitHeld } from "@holdpoint/db/runtime";
import { admission } from "./support/admission.ts";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { waiting } from "./support/meet.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

interface Activated {
  version: number;
  readmitted: number;
}

let scene: Scene;
let admin: Person;
beforeEach(async () => {
  scene = await setScene();
  admin = await scene.signIn("admin");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const request = (over: number, note = "one") =>
  JSON.stringify({ source: `# ${note}\nformat: 1\n`, document: { format: 1 }, over, reason: "a trial" });
const activate = (by: Person, over: number, note?: string) =>
  by.call<Activated>("activate_policy", request(over, note)).catch((error: unknown) => toHoldpointError(error).reason);
const active = async () => at(await scene.db.query("select policy_version, readmit_floor from public.settings"), 0);

describe("activation", () => {
  it("stores the next version, makes it the active one, and tells it on the fleet's stream", async () => {
    expect(await activate(admin, 1)).toMatchObject({ version: 2, readmitted: 0 });
    expect(await active()).toEqual({ policy_version: 2, readmit_floor: 2 });
    const events = await scene.db.query<{ body: string }>(
      "select body from public.venture_events where type = 'policy.activated'",
    );
    expect(JSON.parse(at(events, 0).body)).toMatchObject({
      actor: { kind: "operator", id: admin.email },
      data: { version: 2, over: 1, reason: "a trial", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(await admin.rows("select version, activated_by from public.policies order by version")).toEqual([
      { version: 1, activated_by: "holdpoint" },
      { version: 2, activated_by: admin.email },
    ]);
  });

  it("of two at once, one wins; the other was compared with a policy that is not in force any more", async () => {
    const second = await scene.signIn("admin");
    const answers = await Promise.all([activate(admin, 1, "one"), activate(second, 1, "two")]);
    expect(answers).toContain("policy_moved");
    expect(await active()).toMatchObject({ policy_version: 2 });
    expect(await activate(admin, 9)).toBe("policy_moved");
  });

  it("of the same text again is refused, and so is whoever is no admin", async () => {
    await activate(admin, 1);
    expect(await activate(admin, 2)).toBe("already_active");
    expect(await activate(await scene.signIn("approver"), 2, "mine")).toBe("role_too_low");
    expect(await activate(await scene.signIn("admin", "acme"), 2, "mine")).toBe("role_too_low");
    expect(await active()).toMatchObject({ policy_version: 2 });
  });
});

describe("what older policies decided", () => {
  it("goes back to admission when it has not started: holds at once, queued jobs at the gate", async () => {
    const [held, queued, running] = [
      at(await scene.admitted(1, { decision: "held" }), 0),
      await scene.admitted(1),
      at(await scene.running(1), 0),
    ];
    expect(await activate(admin, 1)).toMatchObject({ readmitted: 1 });
    expect(await scene.state(held.id)).toBe("submitted");
    expect((await scene.events(held.id)).at(-1)).toBe("readmitted");
    expect((await scene.claim(queued)).map(({ verdict }) => verdict)).toEqual(["readmit"]);
    expect(await scene.state(at(queued, 0).id)).toBe("submitted");
    expect(await scene.state(running.jobId)).toBe("running");
  });

  it("is no decision: neither an approval of the old plan nor an admission that comes late counts", async () => {
    const held = at(await scene.admitted(1, { decision: "held" }), 0);
    const [late = ""] = await scene.submitted(1);
    const plan = at(
      await scene.db.query<{ h: string }>("select encode(plan_hash, 'hex') as h from public.jobs where id = $1", [
        held.id,
      ]),
      0,
    ).h;
    await activate(admin, 1);
    const approved = admin.call("decide", held.id, "approve", plan, "yes");
    await expect(approved).rejects.toThrow();
    const item = admission({ id: late, type: "plain", venture: "acme" }, "queued");
    expect(await admitJobs(scene.on, scene.worker, 1, [item])).toBe(0);
    expect(await scene.state(late)).toBe("submitted");
    expect(await admitJobs(scene.on, scene.worker, 2, [item])).toBe(1);
  });

  it("is no decision when it waited while another one was stored and taken back", async () => {
    const [id = ""] = await scene.submitted(1);
    const job = { id, type: "plain", venture: "acme" } as const;
    const others = await scene.connect();
    await others.query("select pg_advisory_lock(hashtextextended('approvals/acme', 0))");
    const late = admitJobs(scene.on, scene.worker, 1, [admission(job, "held")]);
    await expect.poll(() => waiting(scene.db), { interval: 5 }).toBe(1);
    expect(await admitJobs(others, scene.worker, 1, [admission(job, "queued")])).toBe(1);
    const readmit = "select holdpoint.readmit_jobs(array[$1::uuid], 'test', 'system', 'test', clock_timestamp())";
    await scene.db.query(readmit, [id]);
    await others.query("select pg_advisory_unlock_all()");
    expect(await late).toBe(0);
    expect(await scene.events(id)).toEqual(["submitted", "queued", "readmitted"]);
  });

  it("is left to the fleet past the first 500 holds, in bounded parts", async () => {
    await scene.db.query("update public.settings set max_open_approvals = 1000");
    await scene.admitted(507, { decision: "held" });
    expect(await activate(admin, 1)).toMatchObject({ readmitted: 500 });
    expect([await readmitHeld(scene.on, scene.worker, 5), await readmitHeld(scene.on, scene.worker, 5)]).toEqual([
      5, 2,
    ]);
    expect(await readmitHeld(scene.on, scene.worker, 5)).toBe(0);
  });
});

describe("the history that a simulation reads", () => {
  it("tells each job once, in pages, with what was decided", async () => {
    await scene.admitted(5);
    await scene.admitted(3, { decision: "held" });
    await scene.submitted(1);
    const since = "2026-01-01T00:00:00Z";
    let [before, seen]: [string | null, number] = [null, 0];
    const totals = new Map<string, number>();
    do {
      const page: {
        seen: number;
        next: string | null;
        classes: { decision: string[]; jobs: number[]; ids: string[][] };
      } = await admin.call("policy_history", since, before, 4);
      page.classes.decision.forEach((decision, n) => {
        const jobs = at(page.classes.jobs, n);
        totals.set(decision, (totals.get(decision) ?? 0) + jobs);
        expect(page.classes.ids[n]).toHaveLength(jobs);
      });
      seen += page.seen;
      before = page.next;
    } while (before !== null);
    expect(seen).toBe(9);
    expect(Object.fromEntries(totals)).toEqual({ queued: 5, held: 3 });
    expect(await admin.call("policy_history", "2100-01-01T00:00:00Z")).toMatchObject({ seen: 0, classes: { ids: [] } });
  });
});
