import { expect, test } from "vitest";
import { z } from "zod";
import {
  engagedDocument,
  jobDetailDocument,
  jobsDocument,
  listOf,
  statusDocument,
  stopDocument,
  submitDocument,
} from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { setFleet } from "./kit/fleet.ts";

const { stack, worker } = await setFleet();

const as = (actor: "admin" | "approver" | "viewer", ...args: string[]) => stack.as(actor, [...args, "--json"]);
const engage = ["stop", "engage", "--scope", "everything", "--reason", "wrong prices"];

test("a stop is engaged, names what still runs, blocks what waits, and is lifted with the word LIFT", async () => {
  const submit = async () => documentOf(await as("approver", "submit", "echo", "--venture", "acme"), submitDocument).id;
  const running = await submit();
  await worker.admit(running, "queued");
  const token = await worker.claim(running);
  const waiting = await submit();
  await worker.admit(waiting, "queued");

  const stop = documentOf(await as("admin", ...engage), engagedDocument);
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
  const second = documentOf(await waitForIt, engagedDocument);
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
    engagedDocument,
  );
  errorOf(await as("approver", "stop", "lift", venture.id, "--confirm", "LIFT"), 1, "role_too_low");
  expect((await as("admin", "stop", "lift", venture.id, "--confirm", "LIFT")).code).toBe(0);
});

test("a stop needs a reason", async () => {
  expect(errorOf(await as("admin", "stop", "engage", "--scope", "everything"), 2, "missing_option").field).toBe(
    "reason",
  );
});

test("every scope of the design: a name that is not there is answered with the nearest, a second stop with the first", async () => {
  const stopOf = (scope: string, ...more: string[]) =>
    as("admin", "stop", "engage", "--scope", scope, "--reason", "a look around", ...more);
  expect(errorOf(await stopOf("venture", "--key", "acm"), 1, "unknown_venture").message).toContain(
    "Did you mean acme?",
  );
  expect(errorOf(await stopOf("type", "--key", "ecko"), 2, "unknown_type").message).toContain("Did you mean echo?");
  errorOf(await stopOf("paid", "--key", "acme"), 2, "bad_field");
  const stop = documentOf(await stopOf("worker", "--key", "hand-1"), engagedDocument);
  expect(stop).toMatchObject({ scope: "worker", key: "hand-1", phase: "STOPPED" });
  const again = documentOf(await stopOf("worker", "--key", "hand-1"), engagedDocument);
  expect(again.same).toMatchObject([{ id: stop.id, reason: "a look around" }]);
  const paid = documentOf(await stopOf("paid"), engagedDocument);
  for (const { id } of [stop, again, paid])
    expect((await as("admin", "stop", "lift", id, "--confirm", "LIFT")).code).toBe(0);
});

test("a pause is shown with who and why, refuses a second one, and is resumed", async () => {
  const paused = z.strictObject({
    id: z.uuid(),
    scope: z.string(),
    key: z.string(),
    reason: z.string(),
    since: z.string(),
    by: z.string(),
  });
  const pause = (scope: string, ...more: string[]) => ["pause", "--scope", scope, "--reason", "moving house", ...more];
  errorOf(await as("approver", ...pause("everything")), 1, "role_too_low");
  expect(errorOf(await as("admin", ...pause("tipe")), 2, "unknown_scope").message).toContain("Did you mean type?");
  expect(errorOf(await as("admin", ...pause("type", "--key", "ecco")), 2, "unknown_type").message).toContain("echo");
  const id = documentOf(await as("approver", "submit", "echo", "--venture", "acme"), submitDocument).id;
  await worker.admit(id, "queued");
  expect(documentOf(await as("approver", ...pause("venture", "--key", "acme")), paused)).toMatchObject({ key: "acme" });
  expect(errorOf(await as("admin", ...pause("venture", "--key", "acme")), 1, "already_paused").message).toContain(
    "(moving house)",
  );
  expect(documentOf(await as("viewer", "jobs", "show", id), jobDetailDocument).blocked_by).toBe("pause:venture:acme");
  expect((await stack.as("viewer", ["status"])).stdout).toContain("pause:venture:acme");
  documentOf(await as("admin", ...pause("everything")), paused);
  expect(documentOf(await as("viewer", "status"), statusDocument).mode).toBe("PAUSED");
  expect((await as("admin", "resume", "--scope", "everything")).code).toBe(0);
  errorOf(await as("admin", "resume", "--scope", "everything"), 1, "not_paused");
  expect((await as("approver", "resume", "--scope", "venture", "--key", "acme")).code).toBe(0);
  expect(documentOf(await as("viewer", "jobs", "show", id), jobDetailDocument).blocked_by).toBeNull();
});
