import { createTestDatabase } from "@holdpoint/local/testing";
import type { TestDatabase } from "@holdpoint/local/testing";
import { parse } from "yaml";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AdmissionDuty } from "../src/duties/admission/admission.ts";
import { TrustedSubmitter } from "../src/duties/admission/submit-trusted.ts";
import { Catalogue } from "../src/handlers/catalogue.ts";
import { createLog } from "../src/log.ts";
import { openDatabases } from "../src/runtime/databases.ts";
import type { Access, Databases } from "../src/runtime/databases.ts";
import { registered } from "./access.ts";
import noop from "./handlers/noop.ts";
import resolver from "./handlers/resolver.ts";
import risky from "./handlers/risky.ts";

const log = createLog("silent", "test");
const catalogue = new Catalogue();
for (const definition of [noop, resolver, risky]) catalogue.add(definition, "test");

describe("the policy in force", { timeout: 30_000 }, () => {
  let db: TestDatabase;
  let databases: Databases;
  let access: Access;

  beforeAll(async () => {
    db = await createTestDatabase();
    databases = openDatabases(db.workerUrl, log);
    access = await registered(databases, "one", catalogue);
  }, 60_000);
  afterAll(async () => {
    await databases.end();
    await db.drop();
  });
  afterEach(async () => {
    await db.query("update public.jobs set admit_at = clock_timestamp() where state = 'submitted'");
  });

  /** As activate_policy() leaves it. */
  async function enforce(source: string, document: unknown = parse(source)): Promise<number> {
    const [row] = await db.query<{ version: number }>(
      `with p as (insert into public.policies (version, source, sha256, document, activated_by, activated_at)
         select max(version) + 1, $1, encode(sha256(convert_to($1, 'UTF8')), 'hex'), $2, 'test', clock_timestamp() from public.policies returning version)
       update public.settings set policy_version = p.version, readmit_floor = p.version from p returning p.version`,
      [source, JSON.stringify(document)],
    );
    return row?.version ?? 0;
  }
  async function submit(type: string, payload: object): Promise<string> {
    const [row] = await db.query<{ id: string }>(
      "select id from holdpoint.insert_jobs('operator', 'test', 'fleet', $1, array[$2::jsonb], array[null::text], array[null::timestamptz], false, null, null)",
      [type, JSON.stringify(payload)],
    );
    return row?.id ?? "";
  }
  const job = async (id: string) =>
    (
      await db.query(
        "select state::text, rule, reason, policy_version, approval, admit_tries from public.jobs where id = $1",
        [id],
      )
    )[0];
  const duty = () => new AdmissionDuty({ access, catalogue, log });

  test("decides, from the first batch after its activation, and is named in the decision", async () => {
    const admission = duty();
    const before = await submit("noop", {});
    await admission.runOnce();
    expect(await job(before)).toMatchObject({ state: "queued", rule: "default" });
    const version = await enforce(
      "format: 1\nrules:\n  - name: all_by_two\n    when: { type: noop }\n    approve: { people: 2, role: admin, typed: GO }\n",
    );
    const after = await submit("noop", {});
    await admission.runOnce();
    expect(await job(after)).toMatchObject({
      state: "held",
      rule: "all_by_two",
      policy_version: version,
      approval: { people: 2, role: "admin", typed: "GO" },
    });
  });

  test("is the same for a trusted submitter, a preview and references that were resolved", async () => {
    await enforce("format: 1\nrules:\n  - name: never\n    when: { type: [noop, resolver] }\n    refuse: true\n");
    const fleet = new TrustedSubmitter(databases.work, access.caller, catalogue);
    const [left = ""] = await fleet.submit({ venture: "fleet", type: "noop", payloads: [{}] });
    expect(await job(left)).toMatchObject({ state: "submitted" });
    const resolved = await submit("resolver", { ref: "main" });
    const [preview] = await db.query<{ id: string }>(
      `insert into holdpoint.previews (id, by_user, venture, request, asked_at)
       values (holdpoint.new_id(), gen_random_uuid(), 'fleet', '{"type": "noop", "venture": "fleet"}', clock_timestamp()) returning id`,
    );
    await duty().runOnce();
    expect(await job(left)).toMatchObject({ state: "refused", rule: "never" });
    await expect.poll(() => job(resolved)).toMatchObject({ state: "refused", rule: "never" });
    const answer = async () =>
      (await db.query("select answer from holdpoint.previews where id = $1", [preview?.id]))[0]?.["answer"];
    await expect.poll(answer).toMatchObject({ decision: "refused", rule: "never" });
  });

  test("a preview and the decision agree, through the functions that people and the fleet call", async () => {
    await enforce(
      "format: 1\nrules:\n  - { name: urgent_by_two, when: { urgent: true }, approve: { people: 2 } }\n" +
        "  - { name: risky_goes, when: { type: risky }, allow: { rule: type_approval } }\n",
    );
    const cases = [
      { type: "noop", payload: {}, urgent: true },
      { type: "noop", payload: {}, urgent: false },
      { type: "risky", payload: { what: "x" }, urgent: false },
      { type: "risky", payload: { what: 5 }, urgent: false },
      { type: "resolver", payload: { ref: "main" }, urgent: true },
    ];
    const previews: (string | undefined)[] = [];
    const jobs: (string | undefined)[] = [];
    for (const { type, payload, urgent } of cases) {
      const [asked] = await db.query<{ id: string }>(
        `insert into holdpoint.previews (id, by_user, venture, request, asked_at)
         values (holdpoint.new_id(), gen_random_uuid(), 'fleet', $1, clock_timestamp()) returning id`,
        [JSON.stringify({ type, venture: "fleet", payload, urgent })],
      );
      previews.push(asked?.id);
      const [submitted] = await db.query<{ id: string }>(
        "select id from holdpoint.insert_jobs('operator', 'test', 'fleet', $1, array[$2::jsonb], array[null::text], array[null::timestamptz], $3, null, null)",
        [type, JSON.stringify(payload), urgent],
      );
      jobs.push(submitted?.id);
    }
    await duty().runOnce();
    const decided = () =>
      db.query(
        `select j.state::text as decision, j.rule, j.reason, j.policy_version, j.tier::text, j.queue::text, j.needs_approval, j.approval, encode(j.plan_hash, 'hex') as plan_hash
         from unnest($1::uuid[]) with ordinality u(id, n) join public.jobs j on j.id = u.id where j.state <> 'submitted' order by u.n`,
        [jobs],
      );
    const answered = async () =>
      (
        await db.query<{ answer: Record<string, unknown> }>(
          "select p.answer from unnest($1::uuid[]) with ordinality u(id, n) join holdpoint.previews p on p.id = u.id where p.answered_at is not null order by u.n",
          [previews],
        )
      ).map((row) => row.answer);
    await expect.poll(async () => [(await decided()).length, (await answered()).length]).toEqual([5, 5]);
    const made = await decided();
    expect(made.map((one) => one["decision"])).toEqual(["held", "queued", "queued", "refused", "held"]);
    (await answered()).forEach((answer, n) => expect(answer).toMatchObject(made[n] ?? {}));
  });

  test.each([
    ["its text can't be understood", "format: 1\nruls: []\n", { format: 1, ruls: [] }, /line 2.*did you mean "rules"/],
    ["its text says another thing", "format: 1\nrules: []\n", { format: 1 }, /its text does not say/],
  ])("decides nothing while %s; the jobs stay submitted and say why", async (_name, source, document, why) => {
    await enforce(source, document);
    const id = await submit("noop", {});
    const admission = duty();
    await expect(admission.runOnce()).rejects.toThrow(why);
    await duty().follow();
    expect(await job(id)).toMatchObject({ state: "submitted", admit_tries: 0, reason: expect.stringMatching(why) });
    const fleet = new TrustedSubmitter(databases.work, access.caller, catalogue);
    const [trusted = ""] = await fleet.submit({ venture: "fleet", type: "noop", payloads: [{}] });
    expect(await job(trusted)).toMatchObject({ state: "submitted" });

    await enforce("format: 1\n");
    await db.query("update public.jobs set admit_at = clock_timestamp() where state = 'submitted'");
    await admission.runOnce();
    expect(await job(id)).toMatchObject({ state: "queued" });
    expect(await job(trusted)).toMatchObject({ state: "queued" });
  });
});
