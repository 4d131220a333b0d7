/** What keeps decisions worth something: details after a run of quick yeses, measures, comments, floods (GATE 20, 21). */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { admitJobs } from "@holdpoint/db/runtime";
import { admission } from "../support/admission.ts";
import { expectInvariants } from "../support/invariants.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import { decide, hold, planOf, reasonOf } from "./hold.ts";

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

describe("after five quick approvals by one person", () => {
  const approve = async (by: Person, job: string, seen: string | null) =>
    by.call<{ state: string }>("decide", job, "approve", await planOf(scene, job), "", null, seen).then(
      ({ state }) => state,
      (error: unknown) => toHoldpointError(error).reason,
    );
  const five = async () => {
    for (let i = 0; i < 5; i++) expect(await decide(scene, ann, await hold(scene), "approve")).toBe("queued");
  };

  it("a job with effects wants its details opened first, and exactly those of its plan", async () => {
    await five();
    const job = await hold(scene, { type: "effectful" });
    const hash = await planOf(scene, job);
    const other = await hold(scene, { type: "effectful" });
    await ann.call("open_details", other);
    expect(await approve(ann, job, null)).toBe("details_not_opened");
    expect(await approve(ann, job, hash)).toBe("details_not_opened");
    const opened = await ann.call<{ plan_hash: string }>("open_details", job);
    expect(opened.plan_hash).toBe(hash);
    expect(await approve(ann, job, await planOf(scene, other))).toBe("details_not_opened");
    await scene.db.query("update holdpoint.opened_details set at = at - interval '61 minutes' where job_id = $1", [
      job,
    ]);
    expect(await approve(ann, job, hash)).toBe("details_not_opened");
    await ann.call("open_details", job);
    expect(await approve(ann, job, hash)).toBe("queued");
  });

  it("a harmless job, a rejection, another person, and a calm minute go on as before", async () => {
    await five();
    const job = await hold(scene, { type: "effectful" });
    expect(await decide(scene, ann, await hold(scene), "approve")).toBe("queued");
    const { approval_status: status } = await ann.call<{ approval_status: { details_first: boolean } }>(
      "job_detail",
      job,
    );
    expect(status.details_first).toBe(true);
    expect(await decide(scene, ann, await hold(scene, { type: "effectful" }), "reject")).toBe("rejected");
    const bob = await scene.signIn("approver", "acme");
    expect(await decide(scene, bob, await hold(scene, { type: "effectful" }), "approve")).toBe("queued");
    await scene.db.query("update public.settings set quick_window_ms = 1");
    expect(await decide(scene, ann, job, "approve")).toBe("queued");
  });
});

describe("measures", () => {
  it("count decisions, the approve rate and the time to the answer, of what the reader may see", async () => {
    const stranger = await scene.signIn("viewer", "fleet");
    await scene.addVenture("beta");
    const elsewhere = await scene.signIn("viewer", "beta");
    for (const verb of ["approve", "approve", "approve", "reject"]) await decide(scene, ann, await hold(scene), verb);
    await scene.db.query("update public.decisions set waited_ms = 20000 where verb = 'reject'");
    const { items } = await stranger.call<{ items: Record<string, unknown>[] }>("decision_measures", 1);
    expect(items).toMatchObject([
      { venture: "acme", type: "plain", decided: 4, approved: 3, approve_rate: 0.75, under_10s: 3, people: 1 },
    ]);
    expect(await elsewhere.call("decision_measures", 1)).toMatchObject({ items: [], cut: false });
    await expect(stranger.call("decision_measures", 0)).rejects.toMatchObject({ code: "PT400" });
  });
});

describe("a comment", () => {
  it("is read by members, and its event has the text's sha256 and not the text", async () => {
    const job = await hold(scene);
    const text = "asked the customer ✓";
    await ann.call("add_comment", job, `  ${text} `);
    const { comments } = await ann.call<{ comments: Record<string, unknown>[] }>("job_detail", job);
    expect(comments).toMatchObject([{ by: ann.email, text }]);
    const [event] = await scene.db.query<{ body: string }>(
      "select body from public.job_events where stream = $1 and type = 'comment'",
      [job],
    );
    expect(event?.body).toContain(createHash("sha256").update(text).digest("hex"));
    expect(event?.body).not.toContain("customer");
    await scene.addVenture("beta");
    const elsewhere = await scene.signIn("admin", "beta");
    await expect(elsewhere.call("add_comment", job, "hello")).rejects.toMatchObject({ code: "PT404" });
    const viewer = await scene.signIn("viewer", "acme");
    await expect(viewer.call("add_comment", job, "hello")).rejects.toMatchObject({ code: "PT403" });
    expect(await elsewhere.rows("select * from public.comments")).toEqual([]);
    for (const bad of ["", "   ", "x".repeat(4001)])
      await expect(ann.call("add_comment", job, bad)).rejects.toMatchObject({ code: "PT400" });
  });
});

describe("a flood of requests from one venture", () => {
  it("leaves the rest submitted with a reason, raises one alert, and goes on when some are decided", async () => {
    await scene.db.query("update public.settings set max_open_approvals = 5");
    await scene.addVenture("beta");
    const ids = await scene.submitted(20);
    const items = ids.map((id) => admission({ id, type: "plain", venture: "acme" }, "held"));
    expect(await admitJobs(scene.on, scene.worker, 1, items)).toBe(5);
    expect(await admitJobs(scene.on, scene.worker, 1, items)).toBe(0);
    expect(await scene.state(ids[5]!)).toBe("submitted");
    expect(await reasonOf(scene, ids[19]!)).toContain("So many approvals are open in acme already (5)");
    // Another venture is not in its way, nor is what needs no approval.
    await hold(scene, { venture: "beta" });
    expect(await scene.admitted(1)).toHaveLength(1);
    expect(
      await scene.db.query(
        "select 1 from public.tasks where queue = 'alert' and subject ->> 'kind' = 'approvals.flooded'",
      ),
    ).toHaveLength(1);
    for (const id of ids.slice(0, 2)) await decide(scene, ann, id, "reject");
    expect(await admitJobs(scene.on, scene.worker, 1, items.slice(5))).toBe(2);
    const [row] = await scene.db.query(
      "select count(*) filter (where state = 'held' and venture = 'acme')::int as held, count(*) filter (where state = 'submitted' and admit_at > clock_timestamp())::int as later from public.jobs",
    );
    expect(row).toEqual({ held: 5, later: 13 });
    // Over when there is room again; the next flood has its own alert.
    await scene.db.query("update public.settings set max_open_approvals = 100");
    await admitJobs(scene.on, scene.worker, 1, items.slice(7, 8));
    expect(await scene.db.query("select from holdpoint.approval_floods")).toEqual([]);
  });
});
