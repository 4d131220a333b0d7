import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  doctorDocument,
  jobDetailDocument,
  listOf,
  logDocument,
  planDocument,
  statusDocument,
  submitDocument,
  ventureDocument,
} from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { startRealWorker } from "./kit/real-worker.ts";
import { startCliStack, type CliStack } from "./kit/stack.ts";
import { startHandWorker } from "./kit/worker.ts";

let stack: CliStack;
let worker: { stop(): Promise<void> };
let site: Server;
let url: string;

beforeAll(async () => {
  stack = await startCliStack();
  worker = await startRealWorker(stack.db);
  site = createServer((_request, response) => response.end("<h1>up</h1>"));
  const { promise, resolve } = Promise.withResolvers<void>();
  site.listen(0, "127.0.0.1", () => resolve());
  await promise;
  const address = site.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  url = `http://127.0.0.1:${address.port}/`;
});
afterAll(async () => {
  await worker?.stop();
  site?.close();
  await stack?.close();
});

const as = (actor: "admin" | "viewer", ...args: string[]) => stack.as(actor, [...args, "--json"]);

test("from adding a venture to a finished scan, with the real fleet", async () => {
  const add = ["venture", "add", "site", "--url", url, "--allow-private-addresses"];
  documentOf(await as("admin", ...add), ventureDocument);
  const submit = ["submit", "health_scan", "--venture", "site"];
  const plan = documentOf(await as("admin", ...submit, "--plan"), planDocument);
  expect(plan).toMatchObject({ decision: "queued", needs_approval: false, binds: false });
  expect(plan.plan_hash).toMatch(/^[0-9a-f]{64}$/);

  const job = documentOf(await as("admin", ...submit, "--wait", "--timeout", "40s"), submitDocument);
  expect(job).toMatchObject({ state: "succeeded", run_no: 1, type: "health_scan" });
  expect(job.plan_hash).toBe(plan.plan_hash);
  const detail = documentOf(await as("admin", "jobs", "show", job.id), jobDetailDocument);
  expect(detail.evidence.map((one) => one.ok)).toContain(true);
  expect(detail.runs[0]).toMatchObject({ worker: "real-1", outcome: "succeeded" });
  const logs = documentOf(await as("admin", "jobs", "logs", job.id), listOf(logDocument));
  expect(logs.items.map((chunk) => chunk.text).join("")).toContain(url);
});

test("a plan that policy refuses, and a payload that does not fit", async () => {
  const refused = await as("admin", "submit", "build", "--venture", "acme", "--plan");
  expect(documentOf(refused, planDocument, 4).reasons.length).toBeGreaterThan(0);
  const waited = await as("admin", "submit", "build", "--venture", "acme", "--wait-admission", "--timeout", "40s");
  expect(documentOf(waited, submitDocument, 4)).toMatchObject({ state: "refused" });
  const bad = await as("admin", "submit", "health_scan", "--venture", "acme", "--payload", '{"urls":[]}');
  expect(errorOf(bad, 2, "bad_payload").field).toBe("payload.urls");
});

test("status and doctor see the worker at work", async () => {
  const status = documentOf(await as("viewer", "status"), statusDocument);
  expect(status).toMatchObject({ mode: "LOCAL", workers: [{ name: "real-1", label: "LIVE", standby: false }] });
  expect(status.queues.map((queue) => queue.queue)).toEqual([
    "job",
    "priority",
    "scheduled",
    "report",
    "approval",
    "recovery",
    "dead-letter",
    "quarantine",
    "alert",
  ]);
  const doctor = await as("viewer", "doctor");
  const { items } = doctorDocument.parse(doctor.json());
  expect(items.find((item) => item.name === "workers")).toMatchObject({ status: "pass" });
  expect(items.filter((item) => item.status === "fail")).toEqual([]);
});

test("status and doctor name a worker beyond the limit as STANDBY", async () => {
  await stack.db.query("update public.settings set max_workers = 1");
  const second = await startHandWorker(stack.db.workerUrl);
  const status = documentOf(await as("viewer", "status"), statusDocument);
  expect(status.workers.find((one) => one.name === "hand-1")).toMatchObject({ standby: true });
  expect((await stack.as("viewer", ["status"])).stdout).toMatch(/hand-1 .*\(STANDBY\)/);
  const doctor = await as("viewer", "doctor");
  const { items } = doctorDocument.parse(doctor.json());
  const workers = items.find((item) => item.name === "workers");
  expect(workers).toMatchObject({ status: "pass", finding: "1 of 2 at work, 1 STANDBY." });
  await second.leave();
});
