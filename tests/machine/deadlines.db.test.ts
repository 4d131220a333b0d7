/** Deadlines: waiting counts, also for a person; a run past end_by is ended and not retried. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expireJobs, heartbeat } from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { admit } from "./support/admission.ts";
import { expectInvariants } from "./support/invariants.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Lease, Scene } from "./support/scene.ts";

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

const HOUR = 3_600_000;
const from = (ms: number) => new Date(Date.now() + ms).toISOString();
async function submit(deadlines: { start_by?: string; end_by?: string }, decision: "queued" | "held" = "queued") {
  const request = { type: "plain", venture: "acme", ...deadlines };
  const { id } = await admin.call<{ id: string }>("submit_job", request);
  await admit(scene.on, scene.worker, [{ id, type: "plain", venture: "acme" }], decision);
  return id;
}
/** Moves the deadlines into the past. */
async function pass(): Promise<number> {
  await scene.db.query(
    `update public.jobs set start_by = clock_timestamp() - interval '1 second' where start_by is not null and ended_at is null`,
  );
  await scene.db.query(
    `update public.jobs set end_by = clock_timestamp() - interval '1 second' where end_by is not null and ended_at is null`,
  );
  await scene.db.query("update holdpoint.deadlines set at = clock_timestamp()");
  return expireJobs(scene.on, scene.worker, 100);
}
const shown = async (id: string) =>
  at(
    await scene.db.query<{ state: string; reason: string }>(
      "select state::text as state, reason from public.jobs where id = $1",
      [id],
    ),
    0,
  );
const claim = async (id: string): Promise<Lease> => {
  const rows = await scene.claim([{ id, dispatchNo: 1 }]);
  return { jobId: id, token: at(rows, 0).token };
};
const left = () => scene.db.query("select job_id from holdpoint.deadlines");

describe("a deadline", () => {
  it.each([
    ["start_by", "queued", "start_by_passed"],
    ["start_by", "held", "start_by_passed_while_held"],
    ["end_by", "queued", "end_by_passed"],
    ["end_by", "held", "end_by_passed_while_held"],
  ] as const)("%s of a %s job: expired, %s", async (field, state, reason) => {
    const id = await submit({ [field]: from(HOUR) }, state);
    expect(await expireJobs(scene.on, scene.worker, 100)).toBe(0);
    expect(await pass()).toBe(1);
    expect(await shown(id)).toEqual({ state: "expired", reason });
    expect((await scene.events(id)).at(-1)).toBe("expired");
    await pass();
    expect(await left()).toEqual([]);
  });

  it("shortens what a person has to decide, and is what the inbox sorts by", async () => {
    const by = from(HOUR);
    const id = await submit({ end_by: by }, "held");
    const [row] = await scene.db.query<{ held_until: Date }>("select held_until from public.jobs where id = $1", [id]);
    expect(row?.held_until.toISOString()).toBe(by);
  });

  it("end_by of a run: the worker hears that it is to end, and it ends canceled, whatever it settles, without a retry", async () => {
    const lease = await claim(await submit({ end_by: from(HOUR) }));
    expect(await pass()).toBe(0);
    const [answer] = await heartbeat(scene.on, scene.worker, [{ ...lease, progress: null }], {});
    expect(answer?.verdict).toBe("cancel");
    await scene.settle([{ ...lease, outcome: "failed", errorClass: "transient", errorMessage: "aborted" }]);
    expect(await shown(lease.jobId)).toEqual({ state: "canceled", reason: "end_by_passed" });
    await pass();
    expect(await left()).toEqual([]);
  });

  it("end_by of a run that is lost: canceled as well", async () => {
    const lease = await claim(await submit({ end_by: from(HOUR) }));
    await pass();
    await scene.leasesOver();
    await scene.on.query("select holdpoint.reap($1, $2, 10)", [scene.worker.id, scene.worker.key]);
    expect(await shown(lease.jobId)).toEqual({ state: "canceled", reason: "end_by_passed" });
  });

  it("end_by of a run that has succeeded in time changes nothing", async () => {
    const lease = await claim(await submit({ end_by: from(HOUR) }));
    await scene.settle([lease]);
    expect(await pass()).toBe(0);
    expect((await shown(lease.jobId)).state).toBe("succeeded");
    expect(await left()).toEqual([]);
  });

  it.each(["start_by", "end_by"])("%s has passed before the janitor looked: the gate starts nothing", async (field) => {
    const [late, fine] = [await submit({ [field]: from(HOUR) }), await submit({ [field]: from(HOUR) })];
    await scene.db.query(`update public.jobs set ${field} = clock_timestamp() where id = $1`, [late]);
    const rows = await scene.claim([
      { id: late, dispatchNo: 1 },
      { id: fine, dispatchNo: 1 },
    ]);
    expect(rows.map(({ verdict }) => verdict).toSorted()).toEqual(["claimed", "early"]);
    await scene.db.query("update holdpoint.deadlines set at = clock_timestamp() where job_id = $1", [late]);
    expect(await expireJobs(scene.on, scene.worker, 100)).toBe(1);
    expect((await shown(late)).state).toBe("expired");
  });

  it("start_by does not concern what has started; end_by expires its retry", async () => {
    const lease = await claim(await submit({ start_by: from(HOUR), end_by: from(2 * HOUR) }));
    await scene.db.query("update public.jobs set start_by = clock_timestamp()");
    await scene.db.query("update holdpoint.deadlines set at = clock_timestamp()");
    expect(await expireJobs(scene.on, scene.worker, 100)).toBe(0);
    await scene.settle([{ ...lease, outcome: "failed", errorClass: "transient" }]);
    expect(await expireJobs(scene.on, scene.worker, 100)).toBe(0);
    expect((await shown(lease.jobId)).state).toBe("queued");
    await scene.db.query("update public.jobs set start_by = null");
    expect(await pass()).toBe(1);
    expect(await shown(lease.jobId)).toEqual({ state: "expired", reason: "end_by_passed" });
  });

  it("that is over, or before the time a job may start, is refused", async () => {
    const wrong = (more: object) => admin.call("submit_job", { type: "plain", venture: "acme", ...more });
    for (const more of [
      { end_by: from(-1_000) },
      { run_at: from(HOUR), end_by: from(HOUR / 2) },
      { start_by: from(HOUR), end_by: from(HOUR / 2) },
    ]) {
      await expect(wrong(more)).rejects.toMatchObject({ detail: expect.stringContaining('"field":"end_by"') });
    }
  });
});
