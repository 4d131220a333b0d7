/** The pick: fair over ventures and lines, from a rotating cursor, whatever stands at its head. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pickReady } from "@holdpoint/db/runtime";
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
