/** What is dead or in quarantine from the command line: see it, decide many, edit, replay, compare. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import { submitDocument } from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { setFleet } from "./kit/fleet.ts";

const { stack, worker } = await setFleet();

const as = (actor: "approver" | "viewer" | "elsewhere", ...args: string[]) => stack.as(actor, [...args, "--json"]);
const anything = z.looseObject({ id: z.string() });

async function ended(outcome: "succeeded" | "failed", payload = "{}"): Promise<string> {
  const { id } = documentOf(
    await as("approver", "submit", "build_thing", "--venture", "acme", "--payload", payload),
    submitDocument,
  );
  await worker.admit(id, "queued");
  await worker.settle(id, await worker.claim(id), outcome, outcome === "failed" ? "no such branch" : undefined);
  return id;
}

test("incidents list and show: the record, what changed since it last worked, and what to do", async () => {
  const good = await ended("succeeded", '{"word":"old"}');
  const bad = await ended("failed", '{"word":"new"}');
  const list = documentOf(
    await as("viewer", "incidents", "list", "--class", "bad_input"),
    z.looseObject({ items: z.array(z.looseObject({ id: z.string(), job_id: z.string() })) }),
  );
  expect(list.items[0]).toMatchObject({ job_id: bad, reason: "bad_input", severity: "low", type: "build_thing" });
  const pack = documentOf(await as("viewer", "incidents", "show", bad), z.looseObject({ recovery: z.looseObject({}) }));
  expect(pack).toMatchObject({
    recovery: { plan: { name: "correct_input" }, needsPerson: true, steps: ["correct_input", "resubmit"] },
    last_good: { id: good },
    changed: { name: "payload.word", a: "new", b: "old" },
  });
  const text = await stack.as("viewer", ["incidents", "show", bad]);
  expect(text.stdout).toContain(`since ${good} worked: payload.word: was old, is new`);
  expect((await stack.as("viewer", ["jobs", "show", bad])).stdout).toContain("was old, is new");
  errorOf(await as("elsewhere", "incidents", "show", bad), 1, "unknown_incident");
  errorOf(await as("viewer", "incidents", "list", "--reason", "poison_jbo"), 2, "unknown_reason");
  const compared = documentOf(await as("viewer", "jobs", "compare", bad, good), z.looseObject({ first: z.unknown() }));
  expect(compared.first).toMatchObject({ name: "payload.word" });
  expect((await stack.as("viewer", ["jobs", "compare", bad])).stdout).toContain("First difference");
});

test("a page goes into quarantine and out again, with reasons; a job's incident does not end that way", async () => {
  const page = ["page", "https://acme.example/about", "--venture", "acme", "--finding", "It promises a cure"];
  const opened = documentOf(
    await as("approver", "incidents", "quarantine", ...page, "--reason", "unsafe_public_claim"),
    anything,
  );
  expect(opened).toMatchObject({ severity: "critical", state: "quarantined" });
  errorOf(await as("viewer", "incidents", "quarantine", ...page), 1, "role_too_low");
  errorOf(await as("approver", "incidents", "quarantine", ...page), 1, "already_quarantined");
  const discard = ["incidents", "discard", opened.id, "--reason", "took it offline"];
  expect(documentOf(await as("approver", ...discard), anything)).toMatchObject({ resolution: "discard" });
  errorOf(await as("approver", ...discard), 1, "already_resolved");
});

test("edit and resubmit, and replay, make jobs that refer to the old one", async () => {
  const old = await ended("failed");
  const edit = ["jobs", "resubmit", old, "--reason", "the word was missing"];
  errorOf(await as("approver", ...edit, "--payload", "{}"), 2, "nothing_edited");
  const made = documentOf(await as("approver", ...edit, "--payload", '{"word":"x"}'), anything);
  expect((await stack.as("viewer", ["jobs", "show", old])).stdout).toContain(`${made.id} (edit)`);
  const dry = documentOf(await as("approver", "jobs", "replay", old, "--dry-run"), anything);
  expect(dry).toMatchObject({ of: old, dry_run: true });
  errorOf(await as("approver", "jobs", "replay", old, "--from-step", "publish"), 1, "unknown_step");
  for (const id of [made.id, dry.id]) await as("approver", "jobs", "cancel", id);
});

test("bulk: preview in groups, start as of then, follow, stop", async () => {
  await as("approver", "bulk", "list");
  const ids = [await ended("failed"), await ended("failed")];
  const preview = documentOf(
    await as("approver", "bulk", "preview", "--venture", "acme", "--class", "bad_input"),
    z.looseObject({ as_of: z.string(), total: z.number() }),
  );
  expect(preview.total).toBeGreaterThanOrEqual(2);
  const later = await ended("failed");
  const filter = ["--venture", "acme", "--class", "bad_input", "--as-of", preview.as_of];
  const start = ["bulk", "start", "discard", ...filter, "--reason", "an old campaign", "--id", randomUUID()];
  const started = documentOf(await as("approver", ...start), anything);
  expect(documentOf(await as("approver", ...start), anything)).toMatchObject({ id: started.id, repeated: true });
  await worker.carryOut();
  const status = documentOf(await as("viewer", "bulk", "status", started.id), anything);
  expect(status).toMatchObject({ state: "done", total: preview.total, done: preview.total, left: 0 });
  for (const id of ids)
    expect(documentOf(await as("viewer", "jobs", "show", id), anything)).toMatchObject({ state: "discarded" });
  expect(documentOf(await as("viewer", "jobs", "show", later), anything)).toMatchObject({ state: "quarantined" });
  errorOf(await as("approver", "bulk", "stop", started.id), 1, "already_ended");
  errorOf(await as("viewer", "bulk", "preview", "--venture", "acme"), 1, "role_too_low");
  errorOf(await as("approver", "bulk", "preview"), 1, "role_too_low");
  expect((await stack.as("viewer", ["bulk", "list"])).stdout).toContain("an old campaign");
});
