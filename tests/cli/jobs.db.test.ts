import { describe, expect, test } from "vitest";
import {
  canceledDocument,
  eventDocument,
  jobDetailDocument,
  jobsDocument,
  listOf,
  logDocument,
  submitDocument,
} from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { startLosingProxy } from "./kit/losing-proxy.ts";
import { setFleet } from "./kit/fleet.ts";

const { stack, worker } = await setFleet();

const submit = ["submit", "echo", "--venture", "acme", "--json"];
const submitted = async () => documentOf(await stack.as("approver", submit), submitDocument).id;

test("submit gives the job, and a repeated key the same job", async () => {
  const args = [...submit, "--payload", '{"word":"hi"}', "--key", "k-1", "--priority"];
  const first = documentOf(await stack.as("approver", args), submitDocument);
  expect(first).toMatchObject({
    type: "echo",
    venture: "acme",
    state: "submitted",
    urgent: true,
    payload: { word: "hi" },
    idempotency_key: "k-1",
    submitted_by: { kind: "operator", id: stack.operator("approver").email },
    repeated: false,
  });
  const again = documentOf(await stack.as("approver", args), submitDocument);
  expect(again).toMatchObject({ id: first.id, repeated: true });
  const other = await stack.as("approver", [...submit, "--payload", '{"word":"ho"}', "--key", "k-1", "--priority"]);
  errorOf(other, 1, "idempotency_conflict");
});

test("without --json, submit prints the id alone, for $(…)", async () => {
  const result = await stack.as("approver", submit.slice(0, -1));
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(result.stdout).toMatch(/^[0-9a-f-]{36}\n$/);
});

test("a payload comes from a file or standard input", async () => {
  const piped = await stack.as("approver", [...submit, "--payload", "@-"], { stdin: '{"word":"piped"}' });
  expect(documentOf(piped, submitDocument).payload).toEqual({ word: "piped" });
  const missing = await stack.as("approver", [...submit, "--payload", "@nowhere.json"]);
  expect(errorOf(missing, 2, "payload_unreadable").field).toBe("payload");
});

test.each([
  ['{"word":7}', "bad_payload", "payload.word"],
  ['{"word":"a","tmies":3}', "bad_payload", "payload.tmies"],
  ["[1]", "payload_not_object", "payload"],
  ["{", "payload_not_json", "payload"],
])("payload %s is refused before anything is submitted, with the field named", async (payload, reason, field) => {
  const error = errorOf(await stack.as("approver", [...submit, "--payload", payload]), 2, reason);
  expect(error.field).toBe(field);
});

test("unknown names are answered with the nearest", async () => {
  const type = await stack.as("approver", ["submit", "ehco", "--venture", "acme", "--json"]);
  expect(errorOf(type, 1, "unknown_job_type").message).toContain("Did you mean echo?");
  const venture = await stack.as("approver", ["submit", "echo", "--venture", "acmee", "--json"]);
  expect(errorOf(venture, 1, "unknown_venture").message).toContain("Did you mean acme?");
  const state = await stack.as("approver", ["jobs", "list", "--state", "quened", "--json"]);
  expect(errorOf(state, 2, "unknown_state").message).toContain("Did you mean queued?");
});

test("--in and --at put a job off, and a past --start-by or two times are refused", async () => {
  const later = documentOf(await stack.as("approver", [...submit, "--in", "1h30m"]), submitDocument);
  const minutes = (Date.parse(later.run_at) - Date.parse(later.created_at)) / 60_000;
  expect(minutes).toBeGreaterThan(89);
  expect(minutes).toBeLessThan(91);
  const at = documentOf(
    await stack.as("approver", [...submit, "--at", "2099-01-02 03:04", "--time-zone", "Asia/Tokyo"]),
    submitDocument,
  );
  expect(at.run_at).toBe("2099-01-01T18:04:00.000Z");
  const past = ["--in", "1h", "--start-by", "2026-01-01T00:00:00Z"];
  expect(errorOf(await stack.as("approver", [...submit, ...past]), 2, "bad_field").field).toBe("start_by");
  errorOf(await stack.as("approver", [...submit, "--in", "1h", "--at", "08:00"]), 2, "conflicting_options");
  expect(errorOf(await stack.as("approver", [...submit, "--in", "soon"]), 2, "bad_duration").field).toBe("in");
});

test("--wait-admission: 0 queued, 3 held, 4 refused", async () => {
  for (const [decision, code] of [
    ["queued", 0],
    ["held", 3],
    ["refused", 4],
  ] as const) {
    const result = stack.as("approver", ["submit", "build_thing", "--venture", "acme", "--wait-admission", "--json"]);
    await worker.admit(await worker.nextSubmitted("build_thing"), decision);
    expect(documentOf(await result, submitDocument, code).state).toBe(decision);
  }
});

test("--wait: 0 succeeded, with the result", async () => {
  const result = stack.as("approver", ["submit", "build_thing", "--venture", "acme", "--wait", "--json"]);
  const id = await worker.nextSubmitted("build_thing");
  await worker.admit(id, "queued");
  const token = await worker.claim(id);
  await worker.log(id, token, "one\u001b[31m\ntwo\n");
  await worker.settle(id, token, "succeeded");
  expect(documentOf(await result, submitDocument)).toMatchObject({
    id,
    state: "succeeded",
    run_no: 1,
    result: { said: "hello" },
  });

  const logs = documentOf(await stack.as("viewer", ["jobs", "logs", id, "--json"]), listOf(logDocument));
  expect(logs.items.map((chunk) => chunk.text)).toEqual(["one\u001b[31m\ntwo\n"]);
  const shown = await stack.as("viewer", ["jobs", "logs", id]);
  expect(shown.stdout).toBe("one␛[31m\ntwo\n");

  const events = documentOf(await stack.as("viewer", ["jobs", "events", id, "--json"]), listOf(eventDocument));
  expect(events.items.map((event) => event.seq)).toEqual(events.items.map((_, index) => index + 1));
  expect(events.items[0]?.type).toBe("submitted");
  expect(events.items.at(-1)?.run).toBe(1);

  const detail = documentOf(await stack.as("viewer", ["jobs", "show", id, "--json"]), jobDetailDocument);
  expect(detail.runs).toMatchObject([{ run_no: 1, outcome: "succeeded", worker: "hand-1" }]);
});

test("--wait: 1 when the job fails for good; it is then dead or quarantined with a finding", async () => {
  const result = stack.as("approver", ["submit", "build_thing", "--venture", "acme", "--wait", "--json"]);
  const id = await worker.nextSubmitted("build_thing");
  await worker.admit(id, "queued");
  await worker.settle(id, await worker.claim(id), "failed", "the branch does not exist");
  expect(["dead", "quarantined"]).toContain(documentOf(await result, submitDocument, 1).state);
  const detail = documentOf(await stack.as("approver", ["jobs", "show", id, "--json"]), jobDetailDocument);
  expect(detail.incidents).toHaveLength(1);
  const text = await stack.as("approver", ["jobs", "show", id]);
  expect(text.stdout).toContain("the branch does not exist");
});

test("--wait ends with --timeout (1) or Ctrl-C (130); the job goes on", async () => {
  const timeout = await stack.as("approver", [...submit, "--wait", "--timeout", "1s"]);
  expect(documentOf(timeout, submitDocument, 1).state).toBe("submitted");
  const interrupted = await stack.as("approver", ["submit", "build_thing", "--venture", "acme", "--wait", "--json"], {
    onStart: (kill) => void worker.nextSubmitted("build_thing").then(() => kill("SIGINT")),
  });
  expect(documentOf(interrupted, submitDocument, 130).state).toBe("submitted");
});

test("jobs list filters, pages and hides other ventures", async () => {
  const ids = [await submitted(), await submitted(), await submitted()];
  const args = [
    "jobs",
    "list",
    "--state",
    "submitted",
    "--type",
    "echo",
    "--venture",
    "acme",
    "--limit",
    "2",
    "--json",
  ];
  const page = documentOf(await stack.as("viewer", args), jobsDocument);
  expect(page.items.map((job) => job.id)).toEqual([ids[2], ids[1]]);
  expect(page.next).toBe(ids[1]);
  const next = documentOf(await stack.as("viewer", [...args, "--before", page.next!]), jobsDocument);
  expect(next.items[0]?.id).toBe(ids[0]);
  const elsewhere = documentOf(await stack.as("elsewhere", ["jobs", "list", "--json"]), jobsDocument);
  expect(elsewhere).toEqual({ items: [], next: null, cut: false });
  const text = await stack.as("viewer", ["jobs", "list", "--limit", "2"]);
  expect(text.stdout).toContain(ids[2]);
  expect(text.stdout).not.toContain("\u001b");
});

test("jobs cancel ends a waiting job once, and asks a running one", async () => {
  const id = await submitted();
  const cancel = (job: string) => stack.as("approver", ["jobs", "cancel", job, "--reason", "not needed", "--json"]);
  expect(documentOf(await cancel(id), canceledDocument)).toEqual({ id, state: "canceled", cancel_requested: false });
  expect(errorOf(await cancel(id), 1, "already_ended").message).toContain(id);

  const running = await submitted();
  await worker.admit(running, "queued");
  const token = await worker.claim(running);
  expect(documentOf(await cancel(running), canceledDocument)).toMatchObject({
    state: "running",
    cancel_requested: true,
  });
  expect(await worker.settle(running, token, "canceled")).toBe("canceled");
});

test("an answer that is lost: with a key the submit is repeated, without one the error says what may have happened", async () => {
  const proxy = await startLosingProxy(stack.lite.url, "/rest/v1/rpc/submit_job", 1);
  const env = { HOLDPOINT_DATA_DIR: await stack.dataDirVia("approver", proxy.url) };
  const again = documentOf(await stack.as("approver", [...submit, "--key", "lost-1"], { env }), submitDocument);
  expect(again).toMatchObject({ idempotency_key: "lost-1", repeated: true });
  proxy.loseNext(1);
  const error = errorOf(await stack.as("approver", submit, { env }), 5, "database_unreachable");
  expect(error.message).toContain("may have been submitted");
  await proxy.close();
});

describe("actors", () => {
  test("a viewer reads and may not write", async () => {
    const id = await submitted();
    expect(documentOf(await stack.as("viewer", ["jobs", "show", id, "--json"]), jobDetailDocument).id).toBe(id);
    errorOf(await stack.as("viewer", submit), 1, "role_too_low");
    errorOf(await stack.as("viewer", ["jobs", "cancel", id, "--reason", "x y z", "--json"]), 1, "role_too_low");
  });

  test("an operator of another venture sees and moves nothing", async () => {
    const id = await submitted();
    for (const args of [
      ["jobs", "show", id],
      ["jobs", "events", id],
      ["jobs", "cancel", id, "--reason", "x y z"],
    ]) {
      expect(errorOf(await stack.as("elsewhere", [...args, "--json"]), 1, "unknown_job").message).toContain(id);
    }
    errorOf(await stack.as("elsewhere", submit), 1, "unknown_venture");
  });

  test("an account that is no operator, and nobody, get nowhere", async () => {
    errorOf(await stack.as("stranger", ["whoami", "--json"]), 1, "not_an_operator");
    errorOf(await stack.as("stranger", ["jobs", "list", "--json"]), 1, "not_an_operator");
    const nobody = errorOf(await stack.as("nobody", ["jobs", "list", "--json"]), 1, "not_signed_in");
    expect(nobody.remedy).toContain("holdpoint login");
  });
});

test("no secret in any output", async () => {
  const printed = stack.printed();
  for (const secret of await stack.secrets()) expect(printed.includes(secret), `${secret.slice(0, 6)}…`).toBe(false);
});
