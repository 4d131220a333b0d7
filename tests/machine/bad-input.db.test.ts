/** What people may send by mistake, or on purpose: a clear refusal with a reason, never an internal error. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { expectInvariants } from "./support/invariants.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

let scene: Scene;
let admin: Person;
let local: Person;
beforeAll(async () => {
  scene = await setScene();
  admin = await scene.signIn("admin");
  local = await scene.signIn("approver", "acme");
});
afterAll(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const refusal =
  (fn: string, ...args: unknown[]) =>
  (by: Person) =>
    by.call(fn, ...args).then(
      (answer) => `answered ${JSON.stringify(answer)}`,
      (error: unknown) => {
        const { code, reason, field } = toHoldpointError(error);
        return [code, reason, ...(field === undefined ? [] : [field])].join(" ");
      },
    );
const submit = (changes: Record<string, unknown>) =>
  refusal("submit_job", { type: "plain", venture: "acme", ...changes });
const UNKNOWN = "00000000-0000-7000-8000-000000000000";

describe("a request that makes no sense is refused with its reason and field", () => {
  it.each([
    ["no request", refusal("submit_job", null), "invalid bad_request request"],
    ["a list", refusal("submit_job", "[]"), "invalid bad_request request"],
    ["an unknown field", submit({ priority: 9 }), "invalid unknown_field priority"],
    ["no venture", submit({ venture: undefined }), "invalid missing_field venture"],
    ["a venture of another shape", submit({ venture: "Acme!" }), "invalid bad_field venture"],
    ["an unknown venture", submit({ venture: "nowhere" }), "not_found unknown_venture venture"],
    ["no type", submit({ type: null }), "invalid missing_field type"],
    ["an unknown type", submit({ type: "nonsense" }), "not_found unknown_job_type type"],
    ["a payload that is no object", submit({ payload: [1] }), "invalid bad_payload payload"],
    ["a payload that is null", submit({ payload: null }), "invalid bad_payload payload"],
    ["a payload that is too large", submit({ payload: { x: "x".repeat(300_000) } }), "invalid bad_payload payload"],
    ["a key that is empty", submit({ key: "" }), "invalid bad_field key"],
    ["a key that is too long", submit({ key: "k".repeat(201) }), "invalid bad_field key"],
    ["a key that is no text", submit({ key: { a: 1 } }), "invalid bad_field key"],
    ["urgency that is no boolean", submit({ urgent: "yes" }), "invalid bad_field urgent"],
    ["a time that is none", submit({ run_at: "soon-ish" }), "invalid bad_field run_at"],
    ["a time that does not exist", submit({ run_at: "2026-02-30T00:00:00Z" }), "invalid bad_field run_at"],
    ["a time that never comes", submit({ run_at: "infinity" }), "invalid bad_field run_at"],
    ["a time out of range", submit({ run_at: "-infinity" }), "invalid bad_field run_at"],
    ["a deadline that never comes", submit({ start_by: "infinity" }), "invalid bad_field start_by"],
    ["a delay that is negative", submit({ in_ms: -5 }), "invalid bad_field in_ms"],
    ["a delay that is no number", submit({ in_ms: "1e9" }), "invalid bad_field in_ms"],
    ["a time and a delay", submit({ in_ms: 5, run_at: "2030-01-01T00:00:00Z" }), "invalid bad_field in_ms"],
    [
      "a deadline before the start",
      submit({ run_at: "2030-01-02T00:00:00Z", start_by: "2030-01-01T00:00:00Z" }),
      "invalid bad_field start_by",
    ],
    [
      "a preview in an unknown venture",
      refusal("request_preview", { type: "plain", venture: "nowhere" }),
      "not_found unknown_venture venture",
    ],
    ["no job", refusal("cancel_job", null, null), "not_found unknown_job job"],
    ["an unknown job", refusal("cancel_job", UNKNOWN, null), "not_found unknown_job job"],
    ["a decision about an unknown job", refusal("decide", UNKNOWN, "approve", null, null), "not_found unknown_job job"],
    ["a decision that does not exist", refusal("decide", UNKNOWN, "maybe", null, null), "invalid bad_field verb"],
    ["a stop of an unknown scope", refusal("engage_stop", "galaxy", "", "because"), "invalid unknown_scope scope"],
    ["a stop of everything with a key", refusal("engage_stop", "everything", "x", "because"), "invalid bad_field key"],
    ["a stop without its key", refusal("engage_stop", "venture", "", "because"), "invalid bad_field key"],
    [
      "a stop of an unknown venture",
      refusal("engage_stop", "venture", "nowhere", "because"),
      "not_found unknown_venture venture",
    ],
    [
      "a stop of no venture at all",
      refusal("engage_stop", "venture", "No Such!", "because"),
      "not_found unknown_venture venture",
    ],
    ["a stop of an unknown lane", refusal("engage_stop", "lane", "fast", "because"), "invalid unknown_key key"],
    ["a stop of an unknown queue", refusal("engage_stop", "queue", "jobs", "because"), "invalid unknown_key key"],
    ["a stop of an unknown type", refusal("engage_stop", "type", "nonsense", "because"), "invalid unknown_key key"],
    ["a stop of an unknown worker", refusal("engage_stop", "worker", "nobody", "because"), "invalid unknown_key key"],
    ["a stop of paid work with a key", refusal("engage_stop", "paid", "acme", "because"), "invalid bad_field key"],
    ["a pause of one worker", refusal("pause_work", "worker", "nobody", "because"), "invalid unknown_scope scope"],
    ["a pause of an unknown type", refusal("pause_work", "type", "nonsense", "because"), "invalid unknown_key key"],
    ["a pause without a reason", refusal("pause_work", "everything", "", " x "), "invalid missing_field reason"],
    ["resuming what is not paused", refusal("resume_work", "everything", "", null), "conflict not_paused scope"],
    ["a stop without a reason", refusal("engage_stop", "everything", "", " x "), "invalid missing_field reason"],
    ["the confirmation of an unknown stop", refusal("confirm_stop", UNKNOWN), "not_found unknown_stop id"],
    ["the lifting of an unknown stop", refusal("lift_stop", UNKNOWN, "LIFT"), "not_found unknown_stop id"],
    ["a venture without a key", refusal("add_venture", {}), "invalid missing_field key"],
    ["a venture whose key has another shape", refusal("add_venture", { key: "A" }), "invalid bad_field key"],
    ["a venture that exists", refusal("add_venture", { key: "acme" }), "conflict venture_exists key"],
    [
      "a venture whose name is too long",
      refusal("add_venture", { key: "long", name: "x".repeat(81) }),
      "invalid bad_field name",
    ],
    ["a venture whose URL is none", refusal("add_venture", { key: "url", url: "ftp://x" }), "invalid bad_field url"],
    [
      "a venture that is perhaps trusted",
      refusal("add_venture", { key: "perhaps", trusted: "perhaps" }),
      "invalid bad_field trusted",
    ],
    ["a list in no state", refusal("list_jobs", { state: ["asleep"] }, null, 10), "invalid bad_field state"],
    ["a list by an unknown filter", refusal("list_jobs", { owner: "me" }, null, 10), "invalid unknown_field owner"],
    ["the detail of an unknown job", refusal("job_detail", UNKNOWN), "not_found unknown_job job"],
    ["an unknown preview", refusal("read_preview", UNKNOWN), "not_found unknown_preview id"],
  ])("%s", async (_what, ask, expected) => {
    expect(await ask(admin)).toBe(expected);
  });

  it("to an operator of one venture too, in words that fit", async () => {
    expect(await refusal("cancel_job", UNKNOWN, null)(local)).toBe("not_found unknown_job job");
    expect(await refusal("confirm_stop", UNKNOWN)(local)).toBe("not_found unknown_stop id");
    expect(await refusal("lift_stop", UNKNOWN, "LIFT")(local)).toBe("not_found unknown_stop id");
    expect(await refusal("engage_stop", "venture", "fleet", "because")(local)).toBe("forbidden role_too_low");
  });
});

describe("a request at the edge is taken", () => {
  it.each([
    ["a key of 200 characters", { key: "k".repeat(200) }],
    ["a time long past", { run_at: "1999-12-31T23:59:59Z" }],
    ["no delay", { in_ms: 0 }],
    ["urgency said as no", { urgent: false }],
    ["a payload with every character", { payload: { text: '\u2028"\\ é 😀 \t' } }],
  ])("%s", async (_what, changes) => {
    const { id, state } = await admin.call<{ id: string; state: string }>("submit_job", {
      type: "plain",
      venture: "acme",
      ...changes,
    });
    expect(state).toBe("submitted");
    expect(await scene.events(id)).toEqual(["submitted"]);
  });
});
