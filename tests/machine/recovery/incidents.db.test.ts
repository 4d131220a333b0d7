/** The record of what is dead or in quarantine: one, open exactly as long as it waits; and of what is no job. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { beginEffect, finishEffect, quarantineFound, saveArtifact } from "@holdpoint/db/runtime";
import { INCIDENT_REASONS, REASON_CATALOGUE } from "@holdpoint/policy";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import type { TypeName } from "../support/types.ts";

let scene: Scene;
let ann: Person;
beforeAll(async () => {
  scene = await setScene();
  ann = await scene.signIn("approver");
});
afterAll(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const failed = async (errorClass: string, result: unknown = null, type: TypeName = "plain") => {
  const lease = at(await scene.running(1, { type }), 0);
  const failure = { outcome: "failed", errorClass, errorMessage: "it failed" } as const;
  await scene.settle([{ ...lease, ...failure, result }]);
  return lease.jobId;
};
const records = (job: string) =>
  scene.db.query("select * from public.incidents where job_id = $1 order by created_at", [job]);
const reason = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => toHoldpointError(error).reason,
  );

describe("the record of a job", () => {
  it("says the reason that an unsafe failure names, its severity, finding and evidence, and keeps no result of it", async () => {
    const told = { reason: "secret_found", finding: "An API key stands in page 2.", evidence: { page: 2 } };
    const id = await failed("unsafe", told);
    expect(await records(id)).toMatchObject([
      {
        subject_kind: "job",
        subject: id,
        state: "quarantined",
        reason: "secret_found",
        severity: "critical",
        finding: told.finding,
        evidence: { page: 2 },
        recommended: REASON_CATALOGUE.secret_found.recommended,
        opened_by_kind: "worker",
        opened_by_id: scene.worker.id,
        resolved_at: null,
      },
    ]);
    const [job] = await scene.db.query("select result from public.jobs where id = $1", [id]);
    expect(job).toEqual({ result: null });
  });

  it("counts a reason that is not in the catalogue as unsafe_output, and cuts evidence that is too large", async () => {
    const id = await failed("unsafe", { reason: "made_up", finding: "x", evidence: { text: "y".repeat(20_000) } });
    const [record] = await records(id);
    expect(record).toMatchObject({ reason: "unsafe_output", evidence: { cut: true } });
  });

  it("knows the reason of each class", async () => {
    for (const [errorClass, expected] of [
      ["bad_input", "bad_input"],
      ["unsafe", "unsafe_output"],
    ] as const)
      expect(await records(await failed(errorClass))).toMatchObject([{ reason: expected, error_class: errorClass }]);
    const lease = at(await scene.running(1, { type: "effectful" }), 0);
    const intent = { key: "k", kind: "other", settle: "reconcile", maxMicrousd: null, dedupeMs: null } as const;
    await beginEffect(scene.on, scene.worker, lease, { ...intent, withinMs: 1_000, reconciled: false });
    await finishEffect(scene.on, scene.worker, lease, "k", { outcome: "unknown", finding: "who knows" });
    await scene.settle([{ ...lease, outcome: "failed", errorClass: "unsafe", errorMessage: "unknown" }]);
    expect(await records(lease.jobId)).toMatchObject([{ reason: "effect_unknown" }]);
    for (const [errorClass, expected, state] of [
      ["transient", "retries_used_up", "dead"],
      ["budget", "over_budget", "quarantined"],
      ["bug", "retries_used_up", "quarantined"],
    ] as const) {
      const run = at(await scene.running(1), 0);
      await scene.db.query("update public.jobs set retries_used = 3 where id = $1", [run.jobId]);
      await scene.settle([{ ...run, outcome: "failed", errorClass, errorMessage: "again" }]);
      expect(await records(run.jobId)).toMatchObject([{ reason: expected, state }]);
    }
  });

  it("ends with the decision, opens again with its undo, and a second failure has a record of its own", async () => {
    const id = await failed("bad_input");
    await ann.call("decide", id, "release", null, "mended");
    const [decision] = await scene.db.query("select id from public.decisions where job_id = $1", [id]);
    expect(await records(id)).toMatchObject([
      { resolution: "release", resolved_by: ann.email, decision_id: decision!["id"] },
    ]);
    await ann.call("decide", id, "undo");
    expect(await records(id)).toMatchObject([{ resolution: null, resolved_at: null, decision_id: null }]);
    await expectInvariants(scene.db);
    expect(await reason(ann.call("decide", id, "discard"))).toBe("missing_field");
    expect(await reason(ann.call("decide", id, "discard", null, "no"))).toBe("missing_field");
    await ann.call("decide", id, "discard", null, "not worth it");
    expect(await records(id)).toMatchObject([{ resolution: "discard" }]);
    const other = await failed("bad_input");
    await ann.call("cancel_job", other, "no longer needed");
    expect(await records(other)).toMatchObject([{ resolution: "canceled", resolved_by: ann.email }]);
  });

  it("has the catalogue of packages/policy", async () => {
    const rows = await scene.db.query<{ reason: string }>("select * from public.incident_reasons");
    expect(Object.fromEntries(rows.map(({ reason: name, ...facts }) => [name, facts]))).toEqual(REASON_CATALOGUE);
    expect(rows).toHaveLength(INCIDENT_REASONS.length);
  });
});

describe("quarantine of what is no job", () => {
  const page = { kind: "page", subject: "https://acme.test/about", venture: "acme", reason: "unsafe_public_claim" };

  it("opens one record, tells it on the venture's stream, and ends once, with a reason", async () => {
    const opened = await ann.call<{ id: string; severity: string }>("quarantine_subject", {
      ...page,
      finding: "It promises a cure.",
    });
    expect(opened).toMatchObject({ severity: "critical", state: "quarantined", opened_by_id: ann.email });
    expect(await reason(ann.call("quarantine_subject", { ...page, finding: "again" }))).toBe("already_quarantined");
    expect(await reason(ann.call("resolve_incident", opened.id, "discard", ""))).toBe("missing_field");
    const answers = await Promise.all(
      ["release", "discard"].map(async (verb) => {
        const person = await scene.signIn("approver", "acme");
        return reason(person.call("resolve_incident", opened.id, verb, "looked at it"));
      }),
    );
    expect(answers.toSorted()).toEqual(["already_resolved", "ok"]);
    const events = await scene.db.query<{ type: string }>(
      "select type from public.venture_events where venture = 'acme' and type like 'quarantine.%' order by seq",
    );
    expect(events.map((one) => one.type)).toEqual(["quarantine.opened", expect.stringMatching(/released|discarded/)]);
    const tasks = await scene.db.query("select subject from public.tasks where subject ->> 'incident' = $1", [
      opened.id,
    ]);
    expect(tasks).toHaveLength(1);
  });

  it("refuses what is not there, kinds and reasons that are not known, and jobs", async () => {
    const subject = { ...page, finding: "a finding" };
    expect(await reason(ann.call("quarantine_subject", { ...subject, kind: "job" }))).toBe("bad_field");
    expect(await reason(ann.call("quarantine_subject", { ...subject, reason: "made_up" }))).toBe("bad_field");
    expect(await reason(ann.call("quarantine_subject", { ...subject, kind: "artifact" }))).toBe("unknown_artifact");
    const job = await failed("bad_input");
    const [record] = await records(job);
    expect(await reason(ann.call("resolve_incident", record!["id"], "release", "a reason"))).toBe("decide_the_job");
    const viewer = await scene.signIn("viewer");
    expect(await reason(viewer.call("quarantine_subject", subject))).toBe("role_too_low");
  });

  it("is opened by a run under its lease too: once, for its venture, and it outlives the job", async () => {
    const lease = at(await scene.running(1), 0);
    const found = {
      kind: "page",
      subject: " https://acme.test/cure ",
      reason: "unsafe_public_claim",
      finding: "It promises a cure.",
      evidence: { line: 4 },
    };
    const tell = (more: object = {}, by = lease) => quarantineFound(scene.on, scene.worker, by, { ...found, ...more });
    const opened = await tell();
    expect(opened).toMatchObject({ opened: true });
    expect(await tell({ finding: "again" })).toEqual({ id: opened.id, opened: false });
    const shown = await ann.call<{ incident: object }>("incident_pack", opened.id);
    expect(shown.incident).toMatchObject({
      subject_kind: "page",
      subject: "https://acme.test/cure",
      job_id: lease.jobId,
      run_no: 1,
      venture: "acme",
      severity: "critical",
      finding: "It promises a cure.",
      recommended: REASON_CATALOGUE.unsafe_public_claim.recommended,
      evidence: { line: 4 },
      opened_by_kind: "worker",
    });
    expect(await reason(tell({ kind: "job" }))).toBe("bad_field");
    expect(await reason(tell({ reason: "made_up", subject: "x" }))).toBe("bad_field");
    expect(await reason(tell({ kind: "artifact" }))).toBe("unknown_artifact");
    expect(await reason(tell({ subject: "x" }, { ...lease, token: String(BigInt(lease.token) + 1n) }))).toBe(
      "lease_lost",
    );
    // Two at once make one record.
    const second = await scene.connect();
    const both = await Promise.all(
      [scene.on, second].map((on) => quarantineFound(on, scene.worker, lease, { ...found, subject: "both" })),
    );
    expect(both.filter((one) => one.opened)).toHaveLength(1);
    expect(new Set(both.map((one) => one.id)).size).toBe(1);
    // The job's own end is not that of what it found.
    await scene.settle([{ ...lease, outcome: "failed", errorClass: "bad_input", errorMessage: "no" }]);
    await ann.call("decide", lease.jobId, "discard", null, "not needed");
    expect(await reason(tell({ subject: "late" }))).toBe("lease_lost");
    expect(await ann.call("resolve_incident", opened.id, "discard", "it was taken down")).toMatchObject({
      resolution: "discard",
    });
  });

  it("of more than a hundred things by one job is refused: something is wrong with all of it", async () => {
    const lease = at(await scene.running(1), 0);
    const tell = (n: number) =>
      quarantineFound(scene.on, scene.worker, lease, {
        kind: "payload",
        subject: `${lease.jobId}/${n}`,
        reason: "reported",
        finding: "It is odd.",
        evidence: {},
      });
    for (let n = 0; n < 100; n++) await tell(n);
    expect(await reason(tell(100))).toBe("too_many");
    expect(await tell(7)).toMatchObject({ opened: false });
    await scene.settle([lease]);
  });

  it("takes an artifact of the venture, and its task says where it lies", async () => {
    const lease = at(await scene.running(1), 0);
    const id = await saveArtifact(scene.on, scene.worker, {
      ...lease,
      name: "out.txt",
      mediaType: "text/plain",
      bytes: 1,
      sha256: "0".repeat(64),
      path: "acme/x/out.txt",
      facts: {},
    });
    await scene.settle([lease]);
    await ann.call("quarantine_subject", { kind: "artifact", subject: id, venture: "acme", finding: "a finding" });
    const [record] = await scene.db.query("select * from public.incidents where subject = $1", [id]);
    expect(record).toMatchObject({ reason: "reported", job_id: lease.jobId });
    const [task] = await scene.db.query("select subject from public.tasks where subject ->> 'subject' = $1", [id]);
    expect(task).toMatchObject({ subject: { path: "acme/x/out.txt", kind: "artifact" } });
  });
});

describe("the pack", () => {
  it("tells what ran, its code, its end, and what is different from the last that worked", async () => {
    const [good, bad] = await scene.running(2);
    await scene.settle([good!]);
    await scene.settle([{ ...bad!, outcome: "failed", errorClass: "bad_input", errorMessage: "no such url" }]);
    const pack = await ann.call<Record<string, unknown>>("incident_pack", bad!.jobId);
    expect(pack).toMatchObject({
      incident: { reason: "bad_input", type: "plain", job_state: "quarantined" },
      facts: { code_hash: "0".repeat(64), worker: scene.worker.name, error_class: "bad_input" },
      last_good: { id: good!.jobId, outcome: "succeeded" },
      runs: [{ run_no: 1, error_message: "no such url" }],
      type: { name: "plain", version: 1 },
    });
    const list = await ann.call<{ items: { job_id: string }[] }>("list_incidents", {
      type: "plain",
      class: "bad_input",
    });
    expect(list.items[0]).toMatchObject({ job_id: bad!.jobId });
    expect(await reason(ann.call("incident_pack", good!.jobId))).toBe("unknown_incident");
  });
});
