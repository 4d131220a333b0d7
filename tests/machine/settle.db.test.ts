import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { heartbeat, saveSteps } from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";
import { startWorker } from "./support/worker.ts";
import type { TestWorker } from "./support/worker.ts";

let scene: Scene;
let other: TestWorker;
beforeAll(async () => {
  scene = await setScene();
  await scene.addVenture("tight", { concurrency: 5 });
  other = await startWorker(scene.on);
});
afterAll(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

describe("settle_runs", () => {
  it("answers a repeat as it answered first, and changes nothing", async () => {
    const leases = await scene.running(2, { venture: "tight" });
    const failed = { outcome: "failed", errorClass: "transient", errorMessage: "once" } as const;
    const items = [at(leases, 0), { ...at(leases, 1), ...failed }];
    const first = await scene.settle(items);
    expect(first.map((row) => row.verdict)).toEqual(["settled", "settled"]);
    const events = await scene.events(at(leases, 1).jobId);
    const again = await scene.settle(items);
    expect(again.map(({ ord, verdict, state }) => ({ ord, verdict, state }))).toEqual([
      { ord: 1, verdict: "repeat", state: "succeeded" },
      { ord: 2, verdict: "repeat", state: "queued" },
    ]);
    expect(await scene.events(at(leases, 1).jobId)).toEqual(events);
  });

  it("answers each item once when one batch names a run twice", async () => {
    const leases = await scene.running(2, { venture: "tight" });
    const failed = { ...at(leases, 1), outcome: "failed", errorClass: "bug", errorMessage: "twice" } as const;
    const rows = await scene.settle([at(leases, 0), failed, at(leases, 0), failed]);
    const verdicts = rows.toSorted((a, b) => a.ord - b.ord).map((row) => row.verdict);
    expect(verdicts).toEqual(["settled", "settled", "repeat", "repeat"]);
    await expectInvariants(scene.db);
  });

  it("does not end a run of another process, whatever token it names", async () => {
    const [lease] = await scene.running(1);
    const [row] = await scene.settle([lease!], other);
    expect(row?.verdict).toBe("late");
    expect(await scene.state(lease!.jobId)).toBe("running");
    expect(await scene.events(lease!.jobId)).not.toContain("late_result");
    await scene.settle([lease!]);
  });

  it("records a late result once, and changes nothing", async () => {
    const [lease] = await scene.running(1);
    await scene.db.query("update public.runs set listed_at = listed_at - interval '1 hour' where job_id = $1", [
      lease!.jobId,
    ]);
    await heartbeat(scene.on, scene.worker, [], {});
    expect(await scene.state(lease!.jobId)).toBe("queued");
    for (let i = 0; i < 3; i++) {
      const [row] = await scene.settle([lease!]);
      expect(row).toMatchObject({ verdict: "late", state: "queued" });
    }
    const events = await scene.events(lease!.jobId);
    expect(events.filter((type) => type === "late_result")).toHaveLength(1);
  });

  it("answers items that make no sense without failing the others", async () => {
    const leases = await scene.running(4);
    const [good, noClass, noTime, noOutcome] = leases;
    const rows = await scene.settle([
      { ...noClass!, outcome: "failed" },
      { ...noTime!, outcome: "parked" },
      { ...noOutcome!, outcome: "nonsense" as "failed" },
      { jobId: "00000000-0000-7000-8000-000000000000", token: "1" },
      good!,
    ]);
    const byOrd = new Map(rows.map((row) => [row.ord, row]));
    expect(byOrd.get(5)).toMatchObject({ verdict: "settled", state: "succeeded" });
    expect(byOrd.get(1)).toMatchObject({ verdict: "settled", state: "queued" });
    expect(byOrd.get(2)).toMatchObject({ verdict: "settled", state: "queued" });
    expect(byOrd.get(3)).toMatchObject({ verdict: "settled", state: "queued" });
    expect(byOrd.get(4)).toMatchObject({ verdict: "late", state: null });
    const [run] = await scene.db.query("select error_class from public.runs where job_id = $1", [noOutcome!.jobId]);
    expect(run).toEqual({ error_class: "bug" });
  });
});

describe("a lease", () => {
  it("is renewed only by its own process", async () => {
    const [lease] = await scene.running(1);
    const [row] = await heartbeat(scene.on, other, [{ ...lease!, progress: null }], {});
    expect(row?.verdict).toBe("lost");
    const [own] = await heartbeat(scene.on, scene.worker, [{ ...lease!, progress: { fraction: 0.5 } }], {});
    expect(own?.verdict).toBe("renewed");
    await scene.settle([lease!]);
  });

  it("lets no other process record a step", async () => {
    const [lease] = await scene.running(1);
    const step = { name: "one", result: 1, startedAt: new Date() };
    await expect(saveSteps(scene.on, other, lease!.jobId, lease!.token, [step])).rejects.toMatchObject({
      code: "PT409",
    });
    await scene.settle([lease!]);
  });
});
