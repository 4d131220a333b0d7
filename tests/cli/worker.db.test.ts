import { afterAll, beforeAll, expect, test } from "vitest";
import { listOf, submitDocument, workerAnswerDocument } from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { startCliStack, type CliStack } from "./kit/stack.ts";
import { startHandWorker, type HandWorker } from "./kit/worker.ts";
import { z } from "zod";

let stack: CliStack;
let worker: HandWorker;

beforeAll(async () => {
  stack = await startCliStack();
  worker = await startHandWorker(stack.db.workerUrl);
});
afterAll(() => stack.close());

const as = (actor: "admin" | "approver" | "viewer", ...args: string[]) => stack.as(actor, [...args, "--json"]);

test("a worker is listed, drained, undrained and killed, by those who may", async () => {
  const id = documentOf(await as("approver", "submit", "echo", "--venture", "acme"), submitDocument).id;
  await worker.admit(id, "queued");
  await worker.claim(id);
  const list = listOf(z.looseObject({ name: z.string(), draining: z.boolean() }));
  expect(documentOf(await as("viewer", "worker", "list"), list).items).toMatchObject([{ name: "hand-1" }]);
  errorOf(await as("approver", "worker", "drain", "hand-1"), 1, "role_too_low");
  expect(errorOf(await as("admin", "worker", "drain", "hand-2"), 1, "unknown_worker").message).toContain("hand-1");
  const drained = await as("admin", "worker", "drain", "hand-1", "--reason", "new machine");
  expect(documentOf(drained, workerAnswerDocument)).toMatchObject({ draining: true, open_count: 1 });
  const shown = (await stack.as("viewer", ["worker", "show", "hand-1"])).stdout;
  expect(shown).toContain("new machine");
  expect(shown).toContain(id);
  expect((await stack.as("viewer", ["status"])).stdout).toContain("DRAINING");
  expect(documentOf(await as("admin", "worker", "undrain", "hand-1"), workerAnswerDocument).draining).toBe(false);
  errorOf(await as("admin", "worker", "kill", "hand-1", "--reason", "it hangs"), 2, "no_terminal");
  errorOf(
    await as("admin", "worker", "kill", "hand-1", "--reason", "it hangs", "--confirm", "kill"),
    2,
    "not_confirmed",
  );
  const killed = await as("admin", "worker", "kill", "hand-1", "--reason", "it hangs", "--confirm", "KILL");
  expect(documentOf(killed, workerAnswerDocument).leases_end).not.toBeNull();
  expect((await stack.as("viewer", ["worker", "list"])).stdout).toContain("NOT RUNNING (KILLED)");
});
