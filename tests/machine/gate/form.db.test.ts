/** Values that an approver fills in: checked, bound with the plan's hash, read again at the gate, handed to the run. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { readForm } from "@holdpoint/db/runtime";
import { checkForm, formSchema } from "@holdpoint/policy";
import { checkPacks } from "../support/check-packs.ts";
import { expectInvariants } from "../support/invariants.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import { claimNow, claimRow, hold, planOf, reasonOf } from "./hold.ts";

const FIELDS = formSchema.parse([
  { name: "reach", type: "number", min: 1, max: 10, whole: true },
  { name: "rate", type: "number", min: -0.5, max: 0.5, required: false },
  { name: "note", type: "text", max: 5, required: false },
  { name: "tone", type: "choice", choices: ["calm", "loud"] },
  { name: "agreed", type: "boolean", required: false },
]);
let scene: Scene;
let ann: Person;
beforeEach(async () => {
  scene = await setScene();
  ann = await scene.signIn("approver");
  await scene.db.query("update public.job_types set form = $1 where name = 'plain'", [JSON.stringify(FIELDS)]);
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

async function approve(by: Person, job: string, form: unknown) {
  const hash = await planOf(scene, job);
  const given = form === null ? null : JSON.stringify(form);
  return by.call<{ state: string }>("decide", job, "approve", hash, "", null, null, given).then(
    ({ state }) => state,
    (error: unknown) => {
      const { reason, field } = toHoldpointError(error);
      return reason === "bad_form" ? String(field) : reason;
    },
  );
}

describe("a decision with a form", () => {
  it("binds the hash of plan and canonical values, and the run reads them", async () => {
    const job = await hold(scene);
    expect(await approve(ann, job, { tone: "loud", rate: 0.5, reach: 3 })).toBe("queued");
    const text = '{"rate":0.5,"reach":3,"tone":"loud"}';
    const sha = (data: Buffer | string) => createHash("sha256").update(data).digest();
    const bound = sha(Buffer.concat([Buffer.from(await planOf(scene, job), "hex"), sha(text)]));
    const [row] = await scene.db.query<{ form_hash: Buffer; body: string }>(
      `select d.form_hash, e.body from public.decisions d join public.job_events e on e.stream = d.job_id and e.type = 'decision.approved' where d.job_id = $1`,
      [job],
    );
    expect(row?.form_hash).toEqual(bound);
    expect(row?.body).toContain(bound.toString("hex"));
    expect(row?.body).not.toContain("loud");
    const { token } = await claimRow(scene, job);
    expect(await readForm(scene.on, scene.worker, job, token)).toEqual({ tone: "loud", rate: 0.5, reach: 3 });
    await expect(readForm(scene.on, scene.worker, job, "1")).rejects.toMatchObject({ code: "PT409" });
  });

  it("is refused with a value outside its range, one too few or one too many, each by its name", async () => {
    const job = await hold(scene);
    const good = { reach: 3, tone: "calm" };
    for (const [form, field] of [
      [{ ...good, reach: 11 }, "form.reach"],
      [{ ...good, reach: "3" }, "form.reach"],
      [{ ...good, tone: "LOUD" }, "form.tone"],
      [{ ...good, note: "longer" }, "form.note"],
      [{ ...good, other: 1 }, "form.other"],
      [{ reach: 3 }, "form.tone"],
      [{}, "form.reach"],
      [null, "form.reach"],
      [[1], "form"],
    ] as const)
      expect(await approve(ann, job, form), JSON.stringify(form)).toBe(field);
    expect(await scene.state(job)).toBe("held");
    const plain = await hold(scene, { type: "large" });
    expect(await approve(ann, plain, { reach: 3 })).toBe("form.reach");
    expect(await approve(ann, plain, null)).toBe("queued");
  });

  it("is held again at the gate when the values are not those that were approved", async () => {
    const job = await hold(scene);
    await approve(ann, job, { reach: 3, tone: "calm" });
    await scene.db.query(`update public.decisions set form = form || '{"reach": 9}'`);
    expect(await claimNow(scene, job)).toBe("held");
    expect(await reasonOf(scene, job)).toBe(`The approval of ${ann.email} was with other values.`);
    // The proof pack says so too.
    expect(await checkPacks(scene.db)).toEqual([expect.stringContaining("item_differs: decisions")]);
    await scene.db.query(`update public.decisions set form = form || '{"reach": 3}' where job_id = $1`, [job]);
  });

  it("by two people is of the same values", async () => {
    const bob = await scene.signIn("approver", "acme");
    const job = await hold(scene, { approval: { people: 2 } });
    expect(await approve(ann, job, { reach: 3, tone: "calm" })).toBe("held");
    expect(await approve(bob, job, { reach: 4, tone: "calm" })).toBe("form_differs");
    expect(await approve(bob, job, { tone: "calm", reach: 3.0 })).toBe("queued");
    expect(await claimNow(scene, job)).toBe("claimed");
  });

  it("is judged in the database as in packages/policy", async () => {
    const value = fc.oneof(
      fc.constantFrom<unknown>("calm", "loud", "", null, true, false, 0, 1, 10, 10.5, 11, -0.5, 0.5, "12345", "123456"),
      fc.integer({ min: -20, max: 20 }),
      fc.array(fc.integer(), { maxLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...FIELDS), value, async (field, given) => {
        const [row] = await scene.db.query<{ problem: string | null }>(
          "select holdpoint.form_problem($1, $2) as problem",
          [JSON.stringify(field), JSON.stringify(given)],
        );
        const here = checkForm([field], { [field.name]: given }).problems[0]?.message ?? null;
        expect(row?.problem === null, `${field.name} ${JSON.stringify(given)}: ${row?.problem} / ${here}`).toBe(
          here === null,
        );
      }),
      { numRuns: 200 },
    );
  });
});
