import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { jobDetailDocument, jobsDocument, listOf, statusDocument, stopDocument, submitDocument } from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { startCliStack, type CliStack } from "./kit/stack.ts";
import { startHandWorker, type HandWorker } from "./kit/worker.ts";

let stack: CliStack;
let worker: HandWorker;

beforeAll(async () => {
  stack = await startCliStack();
  worker = await startHandWorker(stack.db.workerUrl);
});
afterAll(async () => {
  await worker.leave();
  await stack.close();
});

const as = (actor: "admin" | "approver" | "viewer", ...args: string[]) => stack.as(actor, [...args, "--json"]);
const engage = ["stop", "engage", "--scope", "everything", "--reason", "wrong prices"];

test("a stop is engaged, names what still runs, blocks what waits, and is lifted with the word LIFT", async () => {
  const submit = async () => documentOf(await as("approver", "submit", "echo", "--venture", "acme"), submitDocument).id;
  const running = await submit();
  await worker.admit(running, "queued");
  const token = await worker.claim(running);
  const waiting = await submit();
  await worker.admit(waiting, "queued");

  const stop = documentOf(await as("admin", ...engage), stopDocument);
  expect(stop).toMatchObject({
    scope: "everything",
    key: "",
    reason: "wrong prices",
    phase: "STOPPING",
    open_count: 1,
  });
  expect(stop.effective_at).not.toBeNull();
  expect(stop.open_runs).toMatchObject([{ job_id: running, run_no: 1, worker: "hand-1" }]);

  const blocked = documentOf(await as("viewer", "jobs", "show", waiting), jobDetailDocument);
  expect(blocked.blocked_by).toBe("stop:everything");
  expect(blocked.blocks.map((block) => block.reason)).toEqual(["wrong prices"]);
  const listed = documentOf(await as("viewer", "jobs", "list", "--state", "queued"), jobsDocument);
  expect(listed.items.map((job) => job.blocked_by)).toEqual(["stop:everything"]);
  expect(documentOf(await as("viewer", "status"), statusDocument)).toMatchObject({
    mode: "STOPPED",
    stops: [{ id: stop.id }],
  });

  const waitForIt = as("admin", ...engage, "--wait");
  await worker.settle(running, token, "stopped");
  const second = documentOf(await waitForIt, stopDocument);
  expect(second).toMatchObject({ phase: "STOPPED", open_count: 0 });
  expect(documentOf(await as("viewer", "stop", "status"), listOf(stopDocument)).items).toHaveLength(2);

  errorOf(await as("admin", "stop", "lift"), 2, "several_stops");
  errorOf(await as("admin", "stop", "lift", second.id), 2, "no_terminal");
  errorOf(await as("admin", "stop", "lift", second.id, "--confirm", "lift"), 2, "not_confirmed");
  const lifted = z.strictObject({ id: z.uuid(), lifted: z.literal(true), stops_left: z.int() });
  expect(documentOf(await as("admin", "stop", "lift", second.id, "--confirm", "LIFT"), lifted).stops_left).toBe(1);
  errorOf(await as("admin", "stop", "lift", second.id, "--confirm", "LIFT"), 1, "unknown_stop");
  expect(documentOf(await as("admin", "stop", "lift", "--confirm", "LIFT"), lifted).stops_left).toBe(0);
  errorOf(await as("admin", "stop", "lift", "--confirm", "LIFT"), 1, "no_stop");
  expect(documentOf(await as("viewer", "jobs", "show", waiting), jobDetailDocument).blocked_by).toBeNull();
});

test("who may stop and lift: an approver in the scope engages, only an admin lifts", async () => {
  errorOf(await as("viewer", ...engage), 1, "role_too_low");
  errorOf(await as("approver", ...engage), 1, "role_too_low");
  errorOf(await as("admin", "stop", "engage", "--scope", "everithing", "--reason", "x y z"), 2, "unknown_scope");
  const venture = documentOf(
    await as("approver", "stop", "engage", "--scope", "venture", "--key", "acme", "--reason", "wrong prices"),
    stopDocument,
  );
  errorOf(await as("approver", "stop", "lift", venture.id, "--confirm", "LIFT"), 1, "role_too_low");
  expect((await as("admin", "stop", "lift", venture.id, "--confirm", "LIFT")).code).toBe(0);
});

test("a stop needs a reason", async () => {
  expect(errorOf(await as("admin", "stop", "engage", "--scope", "everything"), 2, "missing_option").field).toBe(
    "reason",
  );
});
