import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPolicySource } from "@holdpoint/db/policy-file";
import {
  doctorDocument,
  listOf,
  policyExplanation,
  policyHead,
  policyShown,
  policySimulation,
  submitDocument,
} from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { setFleet } from "./kit/fleet.ts";
import type { Actor } from "./kit/stack.ts";

const BROKEN = "format: 1\nrules:\n  - name: one\n    when: { ventur: acme }\n    refuse: true\n";
const SOUND =
  "format: 1\nrules:\n  - name: two_for_acme\n    when: { venture: acme, type: echo }\n    approve: { people: 2 }\n";

const { stack, worker } = await setFleet();

const policy = (actor: Actor, source: string, verb: string, ...args: string[]) =>
  stack.as(actor, ["policy", verb, "-", ...args, "--json"], { stdin: source });

test("check tells every problem with its line, without a database", async () => {
  const broken = await stack.as("nobody", ["policy", "check", "-"], { stdin: BROKEN });
  expect(broken).toMatchObject({
    code: 2,
    stdout: 'standard input:4:13: rules[0].when: "ventur" is not a known key; did you mean "venture"?\n',
  });
  expect((await policy("nobody", SOUND, "check")).json()).toMatchObject({ ok: true, rules: ["two_for_acme"] });
  errorOf(await stack.as("nobody", ["policy", "check", "no-such.yaml", "--json"]), 2, "unreadable_file");
});

test("a policy that this version does not understand fails the doctor, and can be replaced", async () => {
  const doctor = async () => {
    const { items } = doctorDocument.parse((await stack.as("admin", ["doctor", "--json"])).json());
    return items.find((item) => item.name === "policy");
  };
  expect(await doctor()).toMatchObject({ status: "pass" });
  await stack.db.query(
    `insert into public.policies (version, source, sha256, document, activated_by, activated_at)
     values (99, 'format: 3', repeat('0', 64), '{"format": 3}', 'test', clock_timestamp())`,
  );
  await stack.db.query("update public.settings set policy_version = 99");
  expect(await doctor()).toMatchObject({ status: "fail", finding: expect.stringContaining("line 1") });
  expect((await policy("admin", SOUND, "activate", "--yes")).json()).toMatchObject({
    version: 100,
    simulation: { warnings: [expect.stringContaining("can't be understood")] },
  });
  expect(await doctor()).toMatchObject({ status: "pass" });
  await stack.db.query("update public.settings set policy_version = 1, readmit_floor = 0");
  await stack.db.query("delete from public.policies where version > 1");
});

test("the example of docs/policy.md is sound", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/policy.md"), "utf8");
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  expect(readPolicySource(example, 1)).toMatchObject({ ok: true, policy: { rules: { length: 5 } } });
});

test("a policy is simulated, refused to who is no admin, activated once, shown, listed and explained", async () => {
  const submit = async () =>
    documentOf(await stack.as("approver", ["submit", "echo", "--venture", "acme", "--json"]), submitDocument).id;
  const ran = await submit();
  await worker.admit(ran, "queued");
  const held = await submit();
  await worker.admit(held, "held");

  const simulated = documentOf(
    await policy("admin", SOUND.replace("venture: acme", "venture: [acme, othr]"), "simulate"),
    policySimulation,
  );
  expect(simulated).toMatchObject({
    seen: 2,
    jobs: 2,
    changed: 2,
    changed_anyway: 0,
    cut: false,
    totals: expect.arrayContaining([
      { from: "queued", to: "held", jobs: 1, ceiling_microusd: 0, cost_microusd: 0 },
      { from: "held", to: "held", jobs: 1, ceiling_microusd: 0, cost_microusd: 0 },
    ]),
    warnings: [expect.stringContaining('did you mean "other"?')],
  });
  expect(simulated.list).toMatchObject([
    {
      id: held,
      from: "held",
      to: "held",
      was_rule: "test_rule",
      rule: "two_for_acme",
      approval: "two different approvers",
    },
    { id: ran, from: "queued", to: "held" },
  ]);
  expect(documentOf(await policy("admin", SOUND, "simulate", "--list", "1"), policySimulation)).toMatchObject({
    cut: true,
    list: { length: 1 },
  });

  errorOf(await policy("admin", BROKEN, "activate", "--yes"), 2, "bad_policy");
  errorOf(await policy("viewer", SOUND, "activate", "--yes"), 1, "role_too_low");
  errorOf(await policy("admin", SOUND, "activate"), 2, "no_terminal");
  const activated = (await policy("admin", SOUND, "activate", "--yes", "--reason", "a trial")).json();
  expect(activated).toMatchObject({ version: 2, over: 1, readmitted: 1, simulation: { changed: 2 } });
  errorOf(await policy("admin", SOUND, "activate", "--yes"), 1, "already_active");

  const shown = await stack.as("viewer", ["policy", "show", "--json"]);
  expect(documentOf(shown, policyShown)).toMatchObject({ version: 2, active: 2, source: SOUND, reason: "a trial" });
  errorOf(await stack.as("viewer", ["policy", "show", "9", "--json"]), 1, "unknown_policy");
  const listed = documentOf(await stack.as("viewer", ["policy", "list", "--json"]), listOf(policyHead));
  expect(listed.items.map((one) => [one.version, one.active])).toEqual([
    [2, true],
    [1, false],
  ]);

  const explain = (id: string) => stack.as("viewer", ["policy", "explain", id, "--json"]);
  expect(documentOf(await explain(held), policyExplanation)).toMatchObject({ policy_version: 2, state: "submitted" });
  expect(documentOf(await explain(ran), policyExplanation)).toMatchObject({
    decided: true,
    policy_version: 1,
    recorded: { rule: "test_rule" },
  });
  const waiting = await submit();
  expect(documentOf(await explain(waiting), policyExplanation)).toMatchObject({
    decided: false,
    policy_version: 2,
    decision: { decision: "held", rule: "two_for_acme", approval: { people: 2 } },
    rules: [{ name: "two_for_acme", failing: [] }],
  });
  const text = (await stack.as("viewer", ["policy", "explain", waiting])).stdout;
  expect(text).toContain("two different approvers");
  expect(text).toContain("(type echo, venture acme), matched");
});
