import { expect, test } from "vitest";
import {
  commentDocument,
  decidedDocument,
  measuresDocument,
  jobDetailDocument,
  listOf,
  planDocument,
  submitDocument,
  waitingDocument,
} from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { setFleet } from "./kit/fleet.ts";

const { stack, worker } = await setFleet();

const as = (actor: "approver" | "viewer" | "elsewhere", ...args: string[]) => stack.as(actor, [...args, "--json"]);

async function submitted(): Promise<string> {
  return documentOf(await as("approver", "submit", "build_thing", "--venture", "acme"), submitDocument).id;
}
async function held(): Promise<string> {
  const id = await submitted();
  await worker.admit(id, "held", "it needs a person");
  return id;
}
async function failed(): Promise<string> {
  const id = await submitted();
  await worker.admit(id, "queued");
  await worker.settle(id, await worker.claim(id), "failed", "no such branch");
  return id;
}

test("list shows what waits for a person to who may see it, with the reason and the end", async () => {
  const id = await held();
  const mine = documentOf(await as("viewer", "approvals", "list"), listOf(waitingDocument)).items;
  expect(mine.find((job) => job.id === id)).toMatchObject({
    state: "held",
    held_for: "approval",
    reason: "it needs a person",
  });
  expect(documentOf(await as("elsewhere", "approvals", "list"), listOf(waitingDocument)).items).toEqual([]);
  const text = await stack.as("viewer", ["approvals", "show", id]);
  expect(text.stdout).toContain(`holdpoint approvals approve ${id} --plan-hash`);
  expect(text.stdout).toContain("first of its kind");
});

test("approve is for the plan that was seen, once, and can be undone until a worker claims it", async () => {
  const id = await held();
  const hash = documentOf(await as("approver", "approvals", "show", id), jobDetailDocument).plan!.hash;
  const other = "0".repeat(12);
  errorOf(await as("approver", "approvals", "approve", id, "--plan-hash", other), 1, "plan_changed");
  errorOf(await as("approver", "approvals", "approve", id, "--plan-hash", "xyz"), 2, "bad_plan_hash");
  const approved = documentOf(
    await as("approver", "approvals", "approve", id, "--plan-hash", hash.slice(0, 12), "--reason", "looks right"),
    decidedDocument,
  );
  expect(approved.state).toBe("queued");
  expect(approved.undo_until).not.toBeNull();
  errorOf(await as("approver", "approvals", "approve", id), 1, "already_decided");

  expect(documentOf(await as("approver", "approvals", "undo", id), decidedDocument).state).toBe("held");
  expect(
    documentOf(await as("approver", "approvals", "reject", id, "--reason", "not today"), decidedDocument).state,
  ).toBe("rejected");
  errorOf(await as("approver", "approvals", "undo", id), 1, "too_late_to_undo");
  const detail = documentOf(await as("viewer", "jobs", "show", id), jobDetailDocument);
  expect(detail.decisions.map((decision) => [decision.verb, decision.reason])).toEqual([
    ["approve", "looks right"],
    ["undo", null],
    ["reject", "not today"],
  ]);
});

test("a failed job is released to run again, or discarded", async () => {
  const again = await failed();
  errorOf(await as("approver", "approvals", "approve", again), 1, "not_waiting");
  expect(
    documentOf(
      await as("approver", "approvals", "release", again, "--reason", "the branch is there now"),
      decidedDocument,
    ).state,
  ).toBe("queued");
  const gone = await failed();
  expect(
    documentOf(await as("approver", "approvals", "discard", gone, "--reason", "not worth it"), decidedDocument).state,
  ).toBe("discarded");
});

test("two people, an admin or a typed text: the card says what it takes, and the answers who is missing", async () => {
  const id = await submitted();
  await worker.admit(id, "held", "it needs two", { people: 2, typed: "BUILD acme" });
  const card = (await stack.as("viewer", ["approvals", "show", id])).stdout;
  expect(card).toMatch(/needs +two different people, each an approver/);
  expect(card).toContain('--typed "BUILD acme"');
  errorOf(await as("approver", "approvals", "approve", id, "--typed", "BUILD acme"), 1, "own_request");
  const [other] = await stack.db.query<{ id: string }>(
    "update public.jobs set submitted_by_id = 'somebody@example.test' where id = $1 returning id",
    [id],
  );
  expect(other?.id).toBe(id);
  errorOf(await as("approver", "approvals", "approve", id), 2, "confirmation_missing");
  const first = documentOf(await as("approver", "approvals", "approve", id, "--typed", "BUILD acme"), decidedDocument);
  expect(first).toMatchObject({ state: "held", undo_until: null, missing: "a second person, an approver" });
  const { approval_status: status } = documentOf(await as("viewer", "approvals", "show", id), jobDetailDocument);
  expect(status).toMatchObject({ missing: 1, given: [{ fault: null }] });
  const text = await stack.as("approver", ["approvals", "approve", id, "--typed", "BUILD acme"]);
  expect(text.stderr).toContain("You have approved this");
  expect(documentOf(await as("approver", "approvals", "undo", id), decidedDocument).state).toBe("held");
});

test("a comment is shown with the job; measures count the decisions", async () => {
  const id = await held();
  documentOf(await as("approver", "jobs", "comment", id, "wait for Monday"), commentDocument);
  expect((await stack.as("viewer", ["jobs", "show", id])).stdout).toContain("wait for Monday");
  errorOf(await as("viewer", "jobs", "comment", id, "me too"), 1, "role_too_low");
  documentOf(await as("approver", "approvals", "reject", id), decidedDocument);
  const { items } = documentOf(await as("viewer", "approvals", "measures"), measuresDocument);
  expect(items.find((one) => one.venture === "acme")?.decided).toBeGreaterThan(0);
  errorOf(await as("viewer", "approvals", "measures", "--days", "0"), 2, "bad_input");
  errorOf(await as("viewer", "approvals", "measures", "--days", "soon"), 2, "bad_days");
});

test("a viewer decides nothing, and a stranger to the venture finds no job", async () => {
  const id = await held();
  for (const verb of ["approve", "reject"]) {
    errorOf(await as("viewer", "approvals", verb, id), 1, "role_too_low");
    errorOf(await as("elsewhere", "approvals", verb, id), 1, "unknown_job");
  }
});

test("submit --plan asks admission: 0 queued, 3 held, 4 refused, and submits nothing", async () => {
  const before = (await stack.db.query("select id from public.jobs")).length;
  for (const [decision, code] of [
    ["queued", 0],
    ["held", 3],
    ["refused", 4],
  ] as const) {
    await worker.beat();
    const result = as("approver", "submit", "build_thing", "--venture", "acme", "--key", "unused", "--plan");
    await worker.answerNextPreview({
      decision,
      rule: "test_rule",
      reason: "because",
      reasons: ["because"],
      tier: "small",
    });
    expect(documentOf(await result, planDocument, code)).toMatchObject({ decision, rule: "test_rule", binds: false });
  }
  expect((await stack.db.query("select id from public.jobs")).length).toBe(before);
});

test("submit --plan without a live worker says NOT RUNNING and exits 5", async () => {
  await stack.db.query("update public.workers set heartbeat_at = now() - interval '1 hour'");
  const result = await as("approver", "submit", "build_thing", "--venture", "acme", "--plan");
  expect(errorOf(result, 5, "not_running").message).toContain("NOT RUNNING");
});

test("no secret in any output", async () => {
  const printed = stack.printed();
  for (const secret of await stack.secrets()) expect(printed.includes(secret), `${secret.slice(0, 6)}…`).toBe(false);
});
