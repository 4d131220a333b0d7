/** A proof pack carries all that happened to a job, and nothing in it can be changed or left out unnoticed. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobProof, packText, parseAnchors, verifyPack } from "@holdpoint/db/audit";
import type { Anchors, JobProof } from "@holdpoint/db/audit";
import { admitJobs, beginEffect, finishEffect, saveArtifact, saveEvidence, saveSteps } from "@holdpoint/db/runtime";
import { at } from "../support/at.ts";
import { SealedScene } from "../support/sealed.ts";
import { setCap } from "../support/money.ts";
import { setScene } from "../support/scene.ts";
import type { Lease, Scene } from "../support/scene.ts";
import type { Person } from "../support/person.ts";
import { admission, admit } from "../support/admission.ts";
import { answer, ask } from "../waits/park.ts";

const DOLLAR = 1_000_000;
let scene: Scene;
let sealed: SealedScene;
let proof: JobProof;
let anchors: Anchors;

async function proofOf(job: string): Promise<JobProof> {
  const rows = await scene.db.query("select holdpoint.proof_of(j) as proof from public.jobs j where id = $1", [job]);
  return jobProof.parse(at(rows, 0)["proof"]);
}

async function claimed(job: string): Promise<Lease> {
  const [row] = await scene.db.query<{ no: number }>("select dispatch_no as no from public.jobs where id = $1", [job]);
  const [run] = await scene.claim([{ id: job, dispatchNo: row?.no ?? 0 }]);
  return { jobId: job, token: run?.token ?? "" };
}

async function effect(lease: Lease, key: string, outcome: "done" | "not_done", cost: number | null): Promise<void> {
  const intent = { key, kind: "spend", settle: "safe_retry", maxMicrousd: DOLLAR, dedupeMs: 60_000, withinMs: 1_000 };
  await beginEffect(scene.on, scene.worker, lease, { ...intent, reconciled: false } as never);
  const receipt = { id: `ch_${key}`, note: 'é "quoted" \\ \u0001' };
  const end =
    outcome === "done"
      ? { outcome, receipt, costMicrousd: cost }
      : { outcome, receipt: null, finding: "the provider has no such charge" };
  await finishEffect(scene.on, scene.worker, lease, key, end);
}

/** A signal that is taken and one that stays, an answered request with values, a comment, and a replay. */
async function talk(approver: Person, lease: Lease): Promise<void> {
  const job = lease.jobId;
  await approver.call("send_signal", job, "paid", JSON.stringify({ invoice: "A-7 é" }), "first");
  await approver.call("send_signal", job, "later", "null", "second");
  expect(await ask(scene, lease, { signal: "paid" })).toMatchObject({ state: "signal" });
  const form = [{ name: "tone", type: "choice" as const, choices: ["calm", "loud"] }];
  const publish = { approval: { name: "publish", title: "Publish “it”?", form } };
  expect(await ask(scene, lease, publish)).toMatchObject({ state: "park" });
  await answer(scene, approver, job, "approve", { form: { tone: "loud" } });
  expect(await ask(scene, lease, publish)).toMatchObject({ state: "approved" });
  await approver.call("add_comment", job, " Looks right – go.\nTomorrow we look again. ");
  await approver.call("replay_job", job, JSON.stringify({ dry_run: true }));
}

/** A held, paid job: approved, undone, approved again; a lost run, a failed one and one that succeeds. */
beforeAll(async () => {
  scene = await setScene();
  sealed = new SealedScene(scene);
  await setCap(scene.db, { day: 100 * DOLLAR });
  await scene.db.query("update public.settings set approval_delay_ms = 0");
  await scene.db.query("update public.retry_tiers set retries = 3, retries_by_itself = true, base_ms = 0, max_ms = 0");
  const [job = ""] = await scene.submitted(1, { type: "paid" });
  const held = admission({ id: job, type: "paid", venture: "acme" }, "held", "job", { covers_retries: true });
  await admitJobs(scene.on, scene.worker, 1, [held]);
  const approver = await scene.signIn("approver", "acme");
  const [plan] = await scene.db.query("select encode(plan_hash, 'hex') as hash from public.jobs where id = $1", [job]);
  for (const verb of ["approve", "undo", "approve"])
    await approver.call("decide", job, verb, plan?.["hash"], `because, ${verb}`, null, plan?.["hash"]);
  const lost = await claimed(job);
  await effect(lost, "one", "done", DOLLAR / 2);
  await scene.leasesOver();
  await scene.db.query("select holdpoint.reap($1, $2, 10)", [scene.worker.id, scene.worker.key]);
  const failed = await claimed(job);
  await effect(failed, "two", "not_done", null);
  await saveSteps(scene.on, scene.worker, job, failed.token, [
    { name: "fetch", result: { rows: 3 }, startedAt: new Date() },
  ]);
  await scene.settle([
    { ...failed, outcome: "failed", errorClass: "transient", errorMessage: "again", costMicrousd: 7 },
  ]);
  await sealed.seal();
  const last = await claimed(job);
  await effect(last, "two", "done", 2 * DOLLAR);
  await saveSteps(scene.on, scene.worker, job, last.token, [
    { name: "fetch", result: "another", startedAt: new Date() },
    { name: "charge", result: null, startedAt: new Date() },
  ]);
  const artifact = { name: "out.tar", mediaType: "application/x-tar", path: "x", facts: {}, bytes: 5 };
  for (const digit of ["0", "1"])
    await saveArtifact(scene.on, scene.worker, { ...last, ...artifact, sha256: digit.repeat(64) });
  const seen = { kind: "http", ok: true, finding: "200 – fine", facts: { ms: 1.5 }, lifetime_ms: 60_000 };
  await saveEvidence(scene.on, scene.worker, last, "acme", [
    { subject: "site", ...seen },
    { subject: "shop", ...seen, ok: false },
  ]);
  await talk(approver, last);
  await scene.settle([{ ...last, costMicrousd: 11, logBytes: 3, logSha256: "a".repeat(64) }]);
  expect(await scene.state(job)).toBe("succeeded");
  await scene.submitted(9);
  await sealed.seal();
  proof = await proofOf(job);
  anchors = parseAnchors(readFileSync(sealed.anchorFile, "utf8"));
});
afterAll(async () => {
  sealed.close();
  await scene.close();
});

it("holds by itself and against the anchors, and says what it stands on", () => {
  const found = verifyPack(packText(proof), anchors);
  expect(found).toMatchObject({
    ok: true,
    breaks: [],
    anchored: true,
    unchecked: [],
    job: { type: "paid", venture: "acme" },
  });
  expect(found.checkpoint).toMatchObject({ no: anchors.anchors.length, seq: proof.events.length });
  expect(proof).toMatchObject({
    plans: [{}],
    decisions: ["approve", "undo", "approve", "approve"].map((verb) => ({ verb })),
    waits: [
      { call: "signal:paid#1", answer: "signal", request: null },
      { call: "approval:publish#1", answer: "approved", request: expect.stringContaining("Publish “it”?") as string },
    ],
    signals: [
      { id: "first", taken_by: "signal:paid#1", data: expect.stringContaining("A-7 é") as string },
      { id: "second", taken_by: null, data: "null" },
    ],
    comments: [{ text: "Looks right – go.\nTomorrow we look again." }],
    links: [{ kind: "replay", of: proof.job.id }],
    runs: [{ outcome: "lost" }, { outcome: "failed" }, { outcome: "succeeded" }],
    steps: [
      { name: "fetch", run: 2 },
      { name: "charge", run: 3 },
    ],
    effects: [
      { key: "one", outcome: "done" },
      { key: "two", outcome: "done", cost_microusd: 2 * DOLLAR },
    ],
    evidence: [{}, {}],
    artifacts: [{ sha256: "1".repeat(64) }],
  });
  expect(proof.ledger.map((entry) => entry.reason)).toEqual([
    "reserve",
    "authorise",
    "capture",
    "lose",
    "reserve",
    "authorise",
    "capture",
    "settle",
    "reserve",
    "authorise",
    "capture",
    "settle",
  ]);
  expect(verifyPack(packText(proof), null).unchecked).toEqual([expect.stringContaining("give --anchors FILE")]);
  expect(packText(proof)).not.toContain("rows");
});

it("of a job that has moved since it was sealed says which events no checkpoint covers; of a new one, that none does", async () => {
  const [job = ""] = await scene.submitted(1);
  const fresh = verifyPack(packText(await proofOf(job)), anchors);
  expect(fresh).toMatchObject({ ok: true, checkpoint: null, anchored: false });
  expect(fresh.unchecked.join()).toContain("no checkpoint covers the job yet");
  await sealed.seal();
  await admit(scene.on, scene.worker, [{ id: job, type: "plain", venture: "acme" }]);
  const moved = verifyPack(packText(await proofOf(job)), parseAnchors(readFileSync(sealed.anchorFile, "utf8")));
  expect(moved).toMatchObject({ ok: true, anchored: true, checkpoint: { seq: 1 } });
  expect(moved.unchecked).toEqual(["Events 2 to 2: no checkpoint covers them yet."]);
});

describe("a forged pack is named", () => {
  /** Every place of a value that is not an object, as a path from the top. */
  function leaves(value: unknown, path: (string | number)[] = []): (string | number)[][] {
    if (typeof value !== "object" || value === null) return [path];
    return Object.entries(value).flatMap(([key, inner]) =>
      leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    );
  }
  /** A copy in which the holder of the path was changed. */
  function changed(
    path: readonly (string | number)[],
    change: (holder: object, key: string | number) => void,
  ): JobProof {
    const copy = structuredClone(proof);
    let holder: object = copy;
    for (const key of path.slice(0, -1)) {
      const inner: unknown = Reflect.get(holder, key);
      if (typeof inner !== "object" || inner === null) throw new Error(`nothing at ${path.join(".")}`);
      holder = inner;
    }
    change(holder, path.at(-1) ?? "");
    return copy;
  }
  /** Another value of the same shape. */
  function other(value: unknown): unknown {
    if (typeof value === "number") return value + 1;
    if (value === null) return "0".repeat(64);
    if (typeof value !== "string") return !value;
    const text = value;
    const last = text.at(-1) ?? "";
    return text.slice(0, -1) + (last === "1" ? "2" : last === "a" ? "b" : last === "}" ? "} " : "1");
  }
  const broken = (text: string): boolean => !verifyPack(text, anchors).ok;

  it("whatever byte of the file is another", () => {
    const bytes = Buffer.from(packText(proof), "utf8");
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, by) => {
        const copy = Buffer.from(bytes);
        copy[place] = ((copy[place] ?? 0) + by) % 256;
        expect(broken(copy.toString("utf8"))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("whatever single value is another, with the digest made anew", () => {
    for (const path of leaves(proof)) {
      const forged = changed(path, (holder, key) => void Reflect.set(holder, key, other(Reflect.get(holder, key))));
      expect(forged).not.toEqual(proof);
      expect([path, broken(packText(forged))]).toEqual([path, true]);
    }
  });

  it("whatever item is left out, twice in it or in another's place, with the digest made anew", () => {
    const lists = Object.entries(proof).filter(([, value]) => Array.isArray(value)) as [keyof JobProof, unknown[]][];
    for (const [name, list] of [...lists, ["checkpoint", proof.checkpoint?.path ?? []] as const]) {
      const path = name === "checkpoint" ? [name, "path"] : [name];
      for (const index of list.keys()) {
        const without = changed([...path, index], (holder) => void (Array.isArray(holder) && holder.splice(index, 1)));
        expect([name, index, broken(packText(without))]).toEqual([name, index, true]);
        const twice = changed([...path, index], (holder) => void (Array.isArray(holder) && holder.push(list[index])));
        expect([name, index, broken(packText(twice))]).toEqual([name, index, true]);
      }
    }
    const unsealed = { ...structuredClone(proof), checkpoint: null };
    expect(verifyPack(packText(unsealed), anchors).unchecked.join()).toContain("no checkpoint covers the job yet");
  });

  it("a history made up whole, chain, tree and checkpoint, by the anchor alone", async () => {
    const beside = await setScene();
    const elsewhere = new SealedScene(beside);
    const [lease] = await beside.running(1);
    if (lease) await beside.settle([lease]);
    await elsewhere.seal();
    const rows = await beside.db.query("select holdpoint.proof_of(j) as proof from public.jobs j");
    const made = packText(jobProof.parse(at(rows, 0)["proof"]));
    elsewhere.close();
    await beside.close();
    expect(verifyPack(made, null)).toMatchObject({ ok: true, anchored: false, breaks: [] });
    expect(verifyPack(made, anchors).breaks).toMatchObject([{ kind: "anchor_differs" }]);
  });

  it("what is no pack at all", () => {
    for (const text of [
      "",
      "{}",
      "null",
      "no json",
      `${packText(proof)}\n`,
      JSON.stringify(JSON.parse(packText(proof)), null, 1),
    ])
      expect(verifyPack(text, null).breaks).toMatchObject([{ kind: "pack_damaged" }]);
  });
});
