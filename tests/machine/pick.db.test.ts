/** The pick: fair over ventures and lines, from a rotating cursor, whatever stands at its head. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pickReady, pickSubmitted } from "@holdpoint/db/runtime";
import { expectInvariants } from "./support/invariants.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await setScene();
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

interface Pick {
  ready: { job_id: string; venture: string; type: string; dispatch_no: number }[];
  gone: string[];
  cursor: string;
}
async function pick(
  want: number,
  cursor = "",
  out: readonly { id: string; dispatchNo: number; venture: string }[] = [],
  look = true,
): Promise<Pick> {
  const rows = await pickReady(scene.on, scene.worker, {
    queue: "job",
    want,
    cursor,
    out: out.map((job) => ({ jobId: job.id, dispatchNo: job.dispatchNo, venture: job.venture })),
    look,
  });
  return {
    ready: rows.filter((row) => row.kind === "ready"),
    gone: rows.filter((row) => row.kind === "gone").map((row) => row.job_id),
    cursor: rows.find((row) => row.kind === "cursor")?.cursor ?? "",
  };
}

/** Picks and runs to the end, tick by tick; how many starts each key got. */
async function serve(ticks: number, want: number, key: "venture" | "type"): Promise<Map<string, number>> {
  const starts = new Map<string, number>();
  let cursor = "";
  for (let i = 0; i < ticks; i++) {
    const picked = await pick(want, cursor);
    cursor = picked.cursor;
    expect(picked.ready.length).toBeLessThanOrEqual(want);
    for (const row of picked.ready) starts.set(row[key], (starts.get(row[key]) ?? 0) + 1);
    const rows = await scene.claim(picked.ready.map((row) => ({ id: row.job_id, dispatchNo: row.dispatch_no })));
    await scene.settle(rows.map((row) => ({ jobId: row.job_id, token: row.token })));
  }
  return starts;
}

const venture = (n: number) => `v-${String(n).padStart(3, "0")}`;

describe("pick_ready", () => {
  it("goes round many ventures though it wants few at a time", async () => {
    for (let n = 0; n < 20; n++) {
      await scene.addVenture(venture(n));
      await scene.admitted(10, { venture: venture(n) });
    }
    const starts = await serve(20, 4, "venture");
    expect(starts.size).toBe(20);
    for (const n of starts.values()) expect(n).toBeGreaterThanOrEqual(3);
  });

  it("goes round the lines of one venture", async () => {
    for (const type of ["plain", "large", "effectful"] as const) await scene.admitted(60, { type });
    const starts = await serve(60, 1, "type");
    expect(starts.size).toBe(3);
    for (const n of starts.values()) expect(n).toBeGreaterThan(5);
  });

  it("gives one venture everything while no other has work", async () => {
    await scene.admitted(50);
    expect((await pick(50)).ready).toHaveLength(50);
  });

  it("shares what it wants between a flood and a trickle", async () => {
    await scene.addVenture("small");
    await scene.admitted(100);
    await scene.admitted(3, { venture: "small" });
    const { ready } = await pick(10);
    expect(ready).toHaveLength(10);
    expect(ready.filter((row) => row.venture === "small")).toHaveLength(3);
    // In turn, so that the trickle is not behind the flood in the queue either.
    expect(ready.slice(0, 4).filter((row) => row.venture === "small").length).toBeGreaterThan(0);
  });

  it("offers of a venture exactly its free concurrency, counting what is out", async () => {
    await scene.addVenture("tight", { concurrency: 3 });
    const jobs = await scene.admitted(10, { venture: "tight" });
    expect((await pick(10)).ready).toHaveLength(3);
    const [first, second, third] = jobs.toSorted((a, b) => a.id.localeCompare(b.id));
    expect((await pick(10, "", [{ ...first!, venture: "tight" }])).ready).toHaveLength(2);
    await scene.claim([first!, second!]);
    const answer = await pick(
      10,
      "",
      [first!, second!, third!].map((job) => ({ ...job, venture: "tight" })),
    );
    expect(answer.ready).toEqual([]);
    expect(answer.gone.toSorted()).toEqual([first!.id, second!.id].toSorted());
  });

  it("offers nothing again that is out, looked at or not", async () => {
    const jobs = (await scene.admitted(5)).map((job) => ({ ...job, venture: "acme" }));
    for (const look of [true, false]) {
      const { ready } = await pick(10, "", jobs.slice(0, 3), look);
      expect(ready.map((row) => row.job_id).toSorted()).toEqual(
        jobs
          .slice(3)
          .map((job) => job.id)
          .toSorted(),
      );
    }
  });

  it("believes the caller of what is out, unless it is to look", async () => {
    await scene.addVenture("tight", { concurrency: 3 });
    const jobs = (await scene.admitted(10, { venture: "tight" })).map((job) => ({ ...job, venture: "tight" }));
    const [first, second] = jobs.toSorted((a, b) => a.id.localeCompare(b.id));
    await scene.claim([first!]);
    // The first is counted twice, as out and as running: too few are offered, never too many.
    expect((await pick(10, "", [first!, second!], false)).ready).toHaveLength(0);
    const looked = await pick(10, "", [first!, second!]);
    expect(looked.gone).toEqual([first!.id]);
    expect(looked.ready).toHaveLength(1);
  });

  it("finds what is due behind many lines that are not", async () => {
    for (let n = 0; n < 150; n++) await scene.addVenture(venture(n));
    await scene.addVenture("zz-last");
    for (let n = 0; n < 150; n++) await scene.admitted(1, { venture: venture(n) });
    await scene.db.query("update public.jobs set run_at = now() + interval '1 day'");
    const [due] = await scene.admitted(1, { venture: "zz-last" });
    expect((await pick(10)).ready.map((row) => row.job_id)).toEqual([due!.id]);
  });

  it("ends its round while everything is stopped, and begins it anew after the lift", async () => {
    await scene.admitted(3);
    const person = await scene.signIn("admin");
    const { id } = await person.call<{ id: string }>("engage_stop", "everything", "", "a test");
    // A cursor that is left would make the dispatcher ask again at once, for as long as the stop stands.
    expect(await pick(10, "acme|plain|f")).toEqual({ ready: [], gone: [], cursor: "" });
    await person.call("lift_stop", id, "LIFT");
    expect((await pick(10)).ready).toHaveLength(3);
  });

  it("leaves out blocked ventures and types, and keeps going round the others", async () => {
    await scene.addVenture("halted");
    await scene.admitted(2, { venture: "halted" });
    await scene.admitted(2, { type: "large" });
    const [open] = await scene.admitted(1);
    const person = await scene.signIn("admin");
    await person.call("engage_stop", "venture", "halted", "a test");
    await person.call("engage_stop", "type", "large", "a test");
    expect((await pick(10)).ready.map((row) => row.job_id)).toEqual([open!.id]);
  });

  it("terminates from any cursor", async () => {
    await scene.addVenture("zeta");
    await scene.admitted(2, { venture: "zeta" });
    await scene.admitted(2);
    for (const cursor of ["", "a|b|t", "acme|plain|f", "acme|plain|t", "zeta|zzz|t", "zz", "|||", "acme"]) {
      expect((await pick(10, cursor)).ready, cursor).toHaveLength(4);
    }
  });
});

describe("pick_submitted", () => {
  it("takes the same share of each venture, those that have waited longest first", async () => {
    await scene.addVenture("small");
    await scene.addVenture("tiny");
    const flood = await scene.submitted(500);
    const few = await scene.submitted(10, { venture: "small" });
    const one = await scene.submitted(1, { venture: "tiny" });
    const rows = await pickSubmitted(scene.on, scene.worker, 60);
    expect(rows.map((row) => row.id).toSorted()).toEqual([...flood.slice(0, 49), ...few, ...one].toSorted());
    expect(rows.slice(0, 3).map((row) => row.id)).toEqual([flood[0], few[0], one[0]]);
  });

  it("leaves out what is put off, and goes on without it", async () => {
    await scene.addVenture("later");
    const [off] = await scene.submitted(1, { venture: "later" });
    await scene.db.query("update public.jobs set admit_at = now() + interval '1 hour' where id = $1", [off]);
    const [due] = await scene.submitted(1);
    expect((await pickSubmitted(scene.on, scene.worker, 10)).map((row) => row.id)).toEqual([due]);
  });

  it("answers nothing when nothing waits", async () => {
    expect(await pickSubmitted(scene.on, scene.worker, 10)).toEqual([]);
  });
});
