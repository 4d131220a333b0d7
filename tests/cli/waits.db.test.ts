import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { recordedRequest } from "@holdpoint/sdk";
import {
  decidedDocument,
  jobDetailDocument,
  listOf,
  sentDocument,
  standingDocument,
  submitDocument,
  waitingDocument,
} from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { setFleet } from "./kit/fleet.ts";

const { stack, worker } = await setFleet();
const folder = mkdtempSync(join(tmpdir(), "holdpoint-waits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const as = (actor: "approver" | "viewer" | "elsewhere", ...args: string[]) => stack.as(actor, [...args, "--json"]);
const submitted = async () =>
  documentOf(await as("approver", "submit", "build_thing", "--venture", "acme"), submitDocument).id;

async function running(): Promise<{ id: string; token: string }> {
  const id = await submitted();
  await worker.admit(id, "queued");
  return { id, token: await worker.claim(id) };
}

test("jobs send delivers a signal once, before and while it is waited for, and says why a job waits", async () => {
  const { id, token } = await running();
  const early = documentOf(await as("approver", "jobs", "send", id, "note", "--id", "n-1"), sentDocument);
  expect(early).toMatchObject({ id: "n-1", no: 1, repeated: false, woke: false });
  await worker.ask(id, token, { call: "signal:paid#1", kind: "signal", name: "paid", request: null });
  await worker.settle(id, token, "parked");
  const card = await stack.as("viewer", ["jobs", "show", id]);
  expect(card.stdout).toContain("the signal paid, until");
  expect(card.stdout).toContain(`holdpoint jobs send ${id} paid`);
  expect((await stack.as("viewer", ["jobs", "list"])).stdout).toContain("the signal paid, until");
  const file = join(folder, "data.json");
  writeFileSync(file, '{"invoice": 17}');
  const sent = await as("approver", "jobs", "send", id, "paid", `@${file}`, "--id", "invoice-17");
  expect(documentOf(sent, sentDocument)).toMatchObject({ woke: true, no: 2 });
  const again = await as("approver", "jobs", "send", id, "paid", '{"invoice": 17}', "--id", "invoice-17");
  expect(documentOf(again, sentDocument)).toMatchObject({ repeated: true, no: 2 });
  errorOf(await as("approver", "jobs", "send", id, "paid", "18", "--id", "invoice-17"), 1, "signal_conflict");
  errorOf(await as("approver", "jobs", "send", id, "paid", "{", "--id", "x"), 2, "data_not_json");
  errorOf(await as("approver", "jobs", "send", id, "Paid!"), 2, "bad_input");
  errorOf(await as("viewer", "jobs", "send", id, "paid"), 1, "role_too_low");
  errorOf(await as("elsewhere", "jobs", "send", id, "paid"), 1, "unknown_job");
  const detail = documentOf(await as("viewer", "jobs", "show", id), jobDetailDocument);
  expect(detail.signals).toMatchObject([{ id: "n-1" }, { id: "invoice-17", data: { invoice: 17 }, taken_by: null }]);
  const second = await worker.claim(id);
  await worker.ask(id, second, { call: "signal:paid#1", kind: "signal", name: "paid", request: null });
  await worker.settle(id, second, "succeeded");
  errorOf(await as("approver", "jobs", "send", id, "paid"), 1, "already_ended");
});

test("what a run asks is listed, shown in its words, and answered for exactly that", async () => {
  const { id, token } = await running();
  const form = [{ name: "tone", type: "choice" as const, choices: ["calm", "loud"] }];
  const request = recordedRequest({ title: "Publish the page?", summary: "It is long.", form });
  await worker.ask(id, token, { call: "approval:publish#1", kind: "approval", name: "publish", request });
  await worker.settle(id, token, "parked");
  const list = documentOf(await as("viewer", "approvals", "list"), listOf(waitingDocument)).items;
  expect(list.find((job) => job.id === id)).toMatchObject({ held_for: "park", reason: "Publish the page?" });
  const card = await stack.as("approver", ["approvals", "show", id]);
  for (const text of ["Publish the page?", "It is long.", "one of calm, loud", "ends the job"]) {
    expect(card.stdout).toContain(text);
  }
  const { wait } = documentOf(await as("viewer", "approvals", "show", id), jobDetailDocument);
  const pin = ["--plan-hash", wait!.hash!.slice(0, 12)];
  expect(card.stdout).toContain(pin.join(" "));
  errorOf(await as("approver", "approvals", "approve", id, "--plan-hash", "0".repeat(12)), 1, "plan_changed");
  errorOf(await as("approver", "approvals", "approve", id, ...pin), 2, "bad_form");
  const yes = await as("approver", "approvals", "approve", id, ...pin, "--form", "tone=loud");
  expect(documentOf(yes, decidedDocument)).toMatchObject({ state: "queued" });
  expect(documentOf(await as("approver", "approvals", "undo", id), decidedDocument)).toMatchObject({ state: "held" });
  const no = await as("approver", "approvals", "reject", id, ...pin, "--reason", "not today");
  expect(documentOf(no, decidedDocument)).toMatchObject({ state: "rejected" });
});

test("a standing approval lets the same plan go on until it is ended", async () => {
  const first = await submitted();
  await worker.admit(first, "held", "a person must");
  const add = ["approvals", "standing", "add", first, "--until", "2099-01-01", "--reason", "the same each night"];
  errorOf(await as("approver", ...add), 2, "bad_field");
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const soon = ["approvals", "standing", "add", first, "--until", until, "--reason", "the same each night"];
  errorOf(await as("viewer", ...soon), 1, "role_too_low");
  const made = documentOf(await as("approver", ...soon, "--uses", "2"), standingDocument);
  expect(made).toMatchObject({ state: "stands", max_uses: 2, uses: 0 });
  const second = await submitted();
  await worker.admit(second, "held", "a person must");
  const detail = documentOf(await as("viewer", "jobs", "show", second), jobDetailDocument);
  expect(detail).toMatchObject({ state: "queued", decisions: [{ verb: "approve", by: made.signed_by[0] }] });
  const listed = documentOf(await as("viewer", "approvals", "standing", "list"), listOf(standingDocument)).items;
  expect(listed).toMatchObject([{ id: made.id, uses: 1 }]);
  errorOf(await as("approver", "approvals", "standing", "sign", made.id, "--plan-hash", "00000000"), 1, "plan_changed");
  const end = ["approvals", "standing", "end", made.id, "--reason", "enough"];
  expect(documentOf(await as("approver", ...end), standingDocument)).toMatchObject({ state: "ended" });
  errorOf(await as("approver", ...end), 1, "already_ended");
  const third = await submitted();
  await worker.admit(third, "held", "a person must");
  expect(documentOf(await as("viewer", "jobs", "show", third), jobDetailDocument).state).toBe("held");
});
