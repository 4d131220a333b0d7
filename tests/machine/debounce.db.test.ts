/** Debounce: of triggers in quick succession one job is made, with the payload of the last; none is lost. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { admitJobs, pickSubmitted } from "@holdpoint/db/runtime";
import { admission } from "./support/admission.ts";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { meet } from "./support/meet.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

const SEED = Number(process.env["HOLDPOINT_SEED"] ?? Date.now() % 1_000_000);
const SECOND = 1_000;

let scene: Scene;
let people: Person[];
beforeEach(async () => {
  scene = await setScene();
  people = await Promise.all([scene.signIn("approver"), scene.signIn("approver"), scene.signIn("approver")]);
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

interface Trigger {
  id: string;
  debounced: boolean;
  run_at: string;
}
const trigger = (n: number, by = people[0]!, spec: object = { delay_ms: 60 * SECOND }) =>
  by.call<Trigger>("submit_job", { type: "plain", venture: "acme", payload: { n }, debounce: spec });
interface Row {
  id: string;
  state: string;
  n: number;
  dispatch_no: number;
  token: string;
  run_at: Date;
  delay: number;
}
const jobs = () =>
  scene.db.query<Row>(
    "select id, state::text as state, (payload ->> 'n')::int as n, dispatch_no, token, run_at, round(extract(epoch from run_at - created_at))::int as delay from public.jobs order by id",
  );
/** Time passes: what waits for more triggers is due. */
const due = () =>
  scene.db.query(
    "update public.jobs set run_at = clock_timestamp(), admit_at = clock_timestamp() where state = 'submitted'",
  );
async function admitDue(decision: "queued" | "held" = "queued"): Promise<number> {
  const rows = await pickSubmitted(scene.on, scene.worker, 100);
  const items = rows.map((row) => ({
    ...admission({ id: row.id, type: "plain", venture: "acme" }, decision),
    seq: row.seq,
  }));
  return items.length === 0 ? 0 : admitJobs(scene.on, scene.worker, 1, items);
}
async function runDue(): Promise<void> {
  const ready = (await jobs()).filter((row) => row.state === "queued");
  const rows = await scene.claim(ready.map((row) => ({ id: row.id, dispatchNo: row.dispatch_no })));
  const leases = rows.filter((row) => row.verdict === "claimed");
  await scene.settle(leases.map((row) => ({ jobId: row.job_id, token: row.token })));
}

describe("a trigger", () => {
  it("replaces the payload of the job that waits, puts it off, but never past the maximum", async () => {
    const spec = { delay_ms: 20 * SECOND, max_delay_ms: 30 * SECOND };
    const first = await trigger(1, people[0], spec);
    expect(await admitDue()).toBe(0);
    await scene.db.query("update holdpoint.debounces set first_at = first_at - interval '5 seconds'");
    const second = await trigger(2, people[1], spec);
    expect(second).toMatchObject({ id: first.id, debounced: true });
    expect(at(await jobs(), 0)).toMatchObject({ n: 2, state: "submitted", delay: 20 });
    await scene.db.query("update holdpoint.debounces set first_at = first_at - interval '15 seconds'");
    await trigger(3, people[0], spec);
    expect(at(await jobs(), 0)).toMatchObject({ n: 3, delay: 10 });
    await scene.db.query("update holdpoint.debounces set first_at = first_at - interval '1 hour'");
    await trigger(4, people[0], spec);
    expect(at(await jobs(), 0)).toMatchObject({ n: 4, delay: 0 });
    expect(await scene.events(first.id)).toEqual(["submitted", "debounced", "debounced", "debounced"]);
  });

  it("with another key, type or venture is another job", async () => {
    await scene.addVenture("beta");
    await trigger(1);
    await trigger(2, people[0], { delay_ms: SECOND, key: "k" });
    await people[0]!.call("submit_job", {
      type: "large",
      venture: "acme",
      payload: {},
      debounce: { delay_ms: SECOND },
    });
    await people[0]!.call("submit_job", {
      type: "plain",
      venture: "beta",
      payload: {},
      debounce: { delay_ms: SECOND },
    });
    expect(await jobs()).toHaveLength(4);
  });

  it("takes a job that was admitted or approved, but not started, back to admission: the approval is void", async () => {
    const { id } = await trigger(1);
    await due();
    await admitDue("held");
    const hash = (await scene.db.query<{ h: string }>("select encode(plan_hash, 'hex') as h from public.jobs"))[0]?.h;
    await people[1]!.call("decide", id, "approve", hash, null);
    expect(at(await jobs(), 0).state).toBe("queued");
    expect(await trigger(2)).toMatchObject({ id, debounced: true });
    expect(at(await jobs(), 0)).toMatchObject({ n: 2, state: "submitted" });
    const [row] = await scene.db.query<{ decision_id: string | null }>("select decision_id from public.jobs");
    expect(row?.decision_id).toBeNull();
  });

  it("is its sender's request: where two must approve, whoever sent the last one is none of them", async () => {
    const { id } = await trigger(1);
    await people[1]!.call("submit_job", {
      type: "plain",
      venture: "acme",
      payload: { n: 2 },
      urgent: true,
      debounce: { delay_ms: 60 * SECOND },
    });
    expect(await scene.db.query("select urgent from public.jobs")).toEqual([{ urgent: true }]);
    await due();
    const [row] = await pickSubmitted(scene.on, scene.worker, 1);
    const held = admission({ id, type: "plain", venture: "acme" }, "held", "job", { people: 2 });
    await admitJobs(scene.on, scene.worker, 1, [{ ...held, seq: row!.seq }]);
    const [plan] = await scene.db.query<{ h: string }>("select encode(plan_hash, 'hex') as h from public.jobs");
    await expect(people[1]!.call("decide", id, "approve", plan?.h, null)).rejects.toMatchObject({ code: "PT403" });
    for (const person of [people[0]!, people[2]!]) await person.call("decide", id, "approve", plan?.h, null);
    expect(at(await jobs(), 0)).toMatchObject({ n: 2, state: "queued" });
  });

  it("that comes when the job runs or has ended makes a new one", async () => {
    const first = await trigger(1);
    await due();
    await admitDue();
    const [lease] = await scene.claim([{ id: first.id, dispatchNo: 1 }]);
    const second = await trigger(2);
    expect(second).toMatchObject({ debounced: false });
    await scene.settle([{ jobId: first.id, token: lease!.token }]);
    expect(await trigger(3)).toMatchObject({ id: second.id, debounced: true });
    expect((await jobs()).map((row) => [row.n, row.state])).toEqual([
      [1, "succeeded"],
      [3, "submitted"],
    ]);
  });

  it("that changes what admission is deciding about makes it decide anew", async () => {
    const { id } = await trigger(1);
    await due();
    const [row] = await pickSubmitted(scene.on, scene.worker, 1);
    await trigger(2);
    const late = { ...admission({ id, type: "plain", venture: "acme" }, "queued"), seq: row!.seq };
    expect(await admitJobs(scene.on, scene.worker, 1, [late])).toBe(0);
    expect(at(await jobs(), 0)).toMatchObject({ n: 2, state: "submitted" });
  });

  it("meets a claim: it replaces the payload before, or makes a new job after; two first ones make one job", async () => {
    const made = await meet(scene.db, "lock table holdpoint.debounces in exclusive mode", [
      () => trigger(1, people[0]),
      () => trigger(2, people[1]),
    ]);
    expect(new Set(made.map((one) => one.id)).size).toBe(1);
    await due();
    await admitDue();
    const [job] = await jobs();
    const claim = () => scene.claim([{ id: job!.id, dispatchNo: 1 }]).then((rows) => at(rows, 0).verdict as string);
    const late = () => trigger(3, people[2]).then((one) => String(one.debounced));
    const hold = `select from public.jobs where id = '${job!.id}' for update`;
    expect(await meet<string>(scene.db, hold, [claim, late])).toEqual(["claimed", "false"]);
    await due();
    await admitDue();
    const [, next] = await jobs();
    const again = `select from public.jobs where id = '${next!.id}' for update`;
    const claimNext = () =>
      scene.claim([{ id: next!.id, dispatchNo: 1 }]).then((rows) => at(rows, 0).verdict as string);
    const lateAgain = () => trigger(4, people[2]).then((one) => String(one.debounced));
    expect(await meet<string>(scene.db, again, [lateAgain, claimNext])).toEqual(["true", "stale"]);
  });

  it("of no sense is refused", async () => {
    for (const spec of [
      { delay_ms: 0 },
      { delay_ms: 5, max_delay_ms: 4 },
      { delay_ms: "5" },
      {},
      { delay_ms: 5, kee: "x" },
      { delay_ms: 5, key: 7 },
    ]) {
      await expect(trigger(1, people[0], spec), JSON.stringify(spec)).rejects.toMatchObject({ code: "PT400" });
    }
  });
});

describe("whatever meets", () => {
  it(
    "the last trigger is never lost: each job ran with the payload of its last one",
    { timeout: 120_000 },
    async () => {
      let n = 0;
      const step = fc.constantFrom("trigger", "trigger", "due", "admit", "run");
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(step, { minLength: 2, maxLength: 5 }), { minLength: 3, maxLength: 8 }),
          async (rounds) => {
            let last = 0;
            for (const steps of rounds) {
              const triggers = steps.filter((one) => one === "trigger");
              const others = async () => {
                for (const one of steps) {
                  if (one === "due") await due();
                  else if (one === "admit") await admitDue();
                  else if (one === "run") await runDue();
                }
              };
              await Promise.all([others(), ...triggers.map((_, i) => trigger(++n, people[i % people.length]))]);
              await trigger((last = ++n));
            }
            // The end of the day.
            await due();
            await admitDue();
            await runDue();
            const found = await jobs();
            expect(
              found.filter((row) => row.state !== "succeeded"),
              `seed ${SEED}`,
            ).toEqual([]);
            expect(
              found.map((row) => row.n),
              `seed ${SEED}`,
            ).toContain(last);
            // What ran is what the last event before the run said, and nothing came after.
            expect(
              await scene.db.query(
                `select j.id from public.jobs j cross join lateral (
               select (array_agg(e.body::jsonb #>> '{data,payload}' order by e.seq desc) filter (where e.body::jsonb #> '{data,payload}' is not null))[1] as sha,
                 max(e.seq) filter (where e.body::jsonb #> '{data,payload}' is not null) > min(e.seq) filter (where e.type = 'running') as late
               from public.job_events e where e.stream = j.id) e
             where e.late or e.sha <> encode(sha256(convert_to(j.payload::text, 'UTF8')), 'hex')`,
              ),
              `seed ${SEED}`,
            ).toEqual([]);
          },
        ),
        { numRuns: 8, seed: SEED, endOnFailure: true },
      );
    },
  );
});
