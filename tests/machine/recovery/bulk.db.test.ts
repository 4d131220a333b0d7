/** Operations on many jobs: only what matched then, each once, as the person who asked, with the rights of now. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { stepBulk } from "@holdpoint/db/runtime";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import { startWorker } from "../support/worker.ts";

interface Preview {
  as_of: string;
  total: number;
  groups: { venture: string; type: string; class: string; count: number }[];
}
interface Operation {
  id: string;
  state: string;
  total: number;
  done: number;
  refused: number;
  skipped: number;
  left: number;
  repeated?: boolean;
}

let scene: Scene;
let ann: Person;
beforeEach(async () => {
  scene = await setScene();
  await scene.addVenture("beta");
  ann = await scene.signIn("approver");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const fail = async (n: number, errorClass: string, venture = "acme") => {
  const leases = await scene.running(n, { venture });
  await scene.settle(
    leases.map((lease) => ({ ...lease, outcome: "failed" as const, errorClass, errorMessage: "it failed" })),
  );
  return leases.map((lease) => lease.jobId);
};
const start = async (by: Person, filter: object, verb = "discard", more: object = {}): Promise<Operation> => {
  const { as_of } = await by.call<Preview>("preview_bulk", { filter });
  return by.call<Operation>("start_bulk", {
    id: randomUUID(),
    verb,
    reason: "a test",
    filter,
    as_of,
    per_minute: 60_000,
    ...more,
  });
};
/** Two at once take the rows in the same order. */
const turn = () =>
  scene.db.query(
    `update public.bulk_operations set next_at = clock_timestamp()
     where id in (select id from public.bulk_operations where state = 'running' order by id for no key update)`,
  );
/** Rounds of the duty until nothing is left. */
const finish = async () => {
  for (;;) {
    await turn();
    if ((await stepBulk(scene.on, scene.worker, 20)) === null) return;
  }
};
const operation = async (id: string) => at(await ann.call<(Operation & { not_done: unknown[] })[]>("list_bulk", id), 0);
const reason = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => toHoldpointError(error).reason,
  );

describe("an operation", () => {
  it("is previewed in groups, and decides exactly what matched at its time", async () => {
    const inputs = await fail(3, "bad_input");
    const unsafe = await fail(2, "unsafe");
    await fail(1, "bad_input", "beta");
    const preview = await ann.call<Preview>("preview_bulk", { filter: { class: "bad_input" } });
    expect(preview).toMatchObject({ total: 4 });
    expect(preview.groups).toMatchObject([
      { venture: "acme", type: "plain", class: "bad_input", count: 3 },
      { venture: "beta", type: "plain", class: "bad_input", count: 1 },
    ]);
    const later = await fail(2, "bad_input");
    const request = {
      id: randomUUID(),
      verb: "discard",
      reason: "a test",
      filter: { class: "bad_input", venture: "acme" },
    };
    const started = await ann.call<Operation>("start_bulk", { ...request, as_of: preview.as_of });
    expect(started).toMatchObject({ state: "running", total: 3, repeated: false });
    expect(await ann.call("start_bulk", { ...request, as_of: preview.as_of })).toMatchObject({
      total: 3,
      repeated: true,
    });
    expect(await reason(ann.call("start_bulk", { ...request, verb: "release", as_of: preview.as_of }))).toBe(
      "idempotency_conflict",
    );
    await finish();
    expect(await operation(started.id)).toMatchObject({ state: "done", done: 3, refused: 0, skipped: 0, left: 0 });
    for (const id of inputs) expect(await scene.state(id)).toBe("discarded");
    for (const id of [...later, ...unsafe]) expect(await scene.state(id)).toBe("quarantined");
    const told = await scene.db.query<{ type: string }>(
      "select type from public.venture_events where venture = 'acme' and type like 'bulk.%' order by seq",
    );
    expect(told.map((one) => one.type)).toEqual(["bulk.started", "bulk.done"]);
    const by = await scene.db.query<{ by: string }>("select distinct by_email as by from public.decisions");
    expect(by).toEqual([{ by: ann.email }]);
  });

  it("leaves alone what was decided before its turn, even when it failed again since", async () => {
    const [again, gone] = await fail(2, "bad_input");
    const started = await start(ann, { class: "bad_input" });
    await ann.call("decide", gone, "discard", null, "by hand");
    await ann.call("decide", again, "release", null, "by hand");
    await scene.db.query("update public.jobs set run_at = clock_timestamp() where id = $1", [again]);
    const [job] = await scene.db.query<{ no: number }>("select dispatch_no as no from public.jobs where id = $1", [
      again,
    ]);
    const [run] = await scene.claim([{ id: again!, dispatchNo: job!.no }]);
    await scene.settle([
      { jobId: again!, token: run!.token, outcome: "failed", errorClass: "bad_input", errorMessage: "again" },
    ]);
    await finish();
    expect(await operation(started.id)).toMatchObject({ state: "done", done: 0, skipped: 2 });
    expect(await scene.state(again!)).toBe("quarantined");
  });

  it("stops between two batches; what is decided stays, the rest is left alone", async () => {
    const ids = await fail(30, "bad_input");
    const started = await start(ann, {});
    await stepBulk(scene.on, scene.worker, 20);
    expect(await ann.call("stop_bulk", started.id)).toMatchObject({ state: "stopped", done: 20, left: 10 });
    expect(await reason(ann.call("stop_bulk", started.id))).toBe("already_ended");
    await finish();
    const states = await Promise.all(ids.map((id) => scene.state(id)));
    expect(states.filter((state) => state === "discarded")).toHaveLength(20);
    expect(states.filter((state) => state === "quarantined")).toHaveLength(10);
  });

  it("is throttled: so many a minute", async () => {
    await fail(3, "bad_input");
    await start(ann, {}, "discard", { per_minute: 2 });
    expect(await stepBulk(scene.on, scene.worker, 20)).toMatchObject({ done: 2, state: "running" });
    expect(await stepBulk(scene.on, scene.worker, 20)).toBeNull();
  });

  it("goes on after its worker was lost in the middle of a batch, which left nothing behind", async () => {
    const ids = await fail(25, "bad_input");
    const started = await start(ann, {});
    const client = await scene.connect();
    await client.query("begin");
    await stepBulk(client, scene.worker, 20);
    // The connection dies before it commits.
    await client.query("rollback");
    expect(await operation(started.id)).toMatchObject({ done: 0, left: 25 });
    const heir = await startWorker(scene.on);
    while ((await operation(started.id)).state === "running") {
      await turn();
      await stepBulk(scene.on, heir, 20);
    }
    expect(await operation(started.id)).toMatchObject({ state: "done", done: 25 });
    for (const id of ids)
      expect(await scene.db.query("select 1 from public.decisions where job_id = $1", [id])).toHaveLength(1);
  });

  it("decides each once when a person decides some at the same time and two workers carry it out", async () => {
    const ids = await fail(40, "bad_input");
    const bob = await scene.signIn("approver");
    const [started, other] = [await start(ann, {}), await start(bob, {}, "release")];
    const clients = await Promise.all([scene.connect(), scene.connect()]);
    const carryOut = async (client: (typeof clients)[number]) => {
      for (let i = 0; i < 8; i++) {
        await turn();
        await stepBulk(client, scene.worker, 10);
      }
    };
    const byHand = async () => {
      for (const id of ids.slice(15, 25)) await reason(ann.call("decide", id, "discard", null, "by hand"));
    };
    await Promise.all([...clients.map(carryOut), byHand()]);
    await finish();
    const [one, two] = [await operation(started.id), await operation(other.id)];
    expect([one.state, two.state]).toEqual(["done", "done"]);
    const decided = await scene.db.query<{ n: number }>(
      "select count(*)::int as n from public.decisions group by job_id having count(*) > 1",
    );
    expect(decided).toEqual([]);
    const [byAll] = await scene.db.query<{ n: number }>("select count(*)::int as n from public.decisions");
    expect(byAll?.n).toBe(40);
    expect(one.done + two.done + one.skipped + two.skipped).toBe(80);
  });

  it("acts with the rights that its operator has when each job's turn comes", async () => {
    const carl = await scene.signIn("approver", "acme");
    await fail(3, "bad_input");
    const started = await start(carl, { venture: "acme" });
    await scene.db.query("update public.memberships set role = 'viewer' where user_id = $1", [carl.userId]);
    await finish();
    expect(await operation(started.id)).toMatchObject({ state: "done", done: 0, refused: 3 });
    expect(await reason(start(carl, { venture: "acme" }))).toBe("role_too_low");
    expect(await reason(start(await scene.signIn("approver", "acme"), {}))).toBe("role_too_low");
    expect(await reason(start(await scene.signIn("approver", "acme"), { venture: "beta" }))).toBe("unknown_venture");
  });

  it("is seen and stopped only where one may: not by another venture's people, nor by a viewer", async () => {
    await fail(2, "bad_input");
    const [carl, stranger, viewer] = [
      await scene.signIn("approver", "acme"),
      await scene.signIn("approver", "beta"),
      await scene.signIn("viewer", "acme"),
    ];
    const [own, whole] = [await start(carl, { venture: "acme" }), await start(ann, {})];
    expect(await reason(stranger.call("stop_bulk", own.id))).toBe("unknown_operation");
    expect(await reason(stranger.call("list_bulk", own.id))).toBe("unknown_operation");
    expect(await stranger.call("list_bulk")).toEqual([]);
    expect(await reason(viewer.call("stop_bulk", own.id))).toBe("role_too_low");
    expect(await reason(viewer.call("preview_bulk", { filter: { venture: "acme" } }))).toBe("role_too_low");
    expect(await reason(carl.call("stop_bulk", whole.id))).toBe("unknown_operation");
    const answers = await Promise.all([carl, ann].map((person) => reason(person.call("stop_bulk", own.id))));
    expect(answers.toSorted()).toEqual(["already_ended", "ok"]);
    await scene.db.query("update public.operators set active = false where user_id = $1", [ann.userId]);
    await finish();
    expect(await scene.db.query("select refused from public.bulk_operations where id = $1", [whole.id])).toEqual([
      { refused: 2 },
    ]);
  });

  it("is not held up by a job that can't be decided for a reason nobody thought of: that one is refused and told", async () => {
    const [bad = ""] = await fail(3, "bad_input");
    await scene.db.query(
      `create function public.broken() returns trigger language plpgsql as $$ begin if new.job_id = '${bad}' then raise exception 'out of order'; end if; return new; end $$;
       create trigger broken before insert on public.decisions for each row execute function public.broken()`,
    );
    const started = await start(ann, {});
    await finish();
    expect(await operation(started.id)).toMatchObject({
      state: "done",
      done: 2,
      refused: 1,
      not_done: [{ job_id: bad, detail: expect.stringContaining("out of order") as string }],
    });
  });

  it("is held by the gate's own rules: many releases of risky work want their details opened, one by one", async () => {
    const leases = await scene.running(7, { type: "effectful" });
    await scene.settle(
      leases.map((lease) => ({ ...lease, outcome: "failed" as const, errorClass: "bad_input", errorMessage: "no" })),
    );
    const started = await start(ann, { type: "effectful" }, "release");
    await finish();
    const ended = await operation(started.id);
    expect(ended).toMatchObject({ state: "done", done: 5, refused: 2 });
    expect(ended.not_done).toHaveLength(2);
  });

  it("refuses what makes no sense", async () => {
    const now = new Date().toISOString();
    const good = { id: randomUUID(), verb: "discard", reason: "a test", filter: {}, as_of: now };
    const tries: [object, string][] = [
      [{ ...good, verb: "approve" }, "bad_field"],
      [{ ...good, reason: "" }, "missing_field"],
      [{ ...good, id: "x" }, "bad_field"],
      [{ ...good, as_of: null }, "missing_field"],
      [{ ...good, as_of: "2100-01-01T00:00:00Z" }, "bad_field"],
      [{ ...good, per_minute: 0 }, "bad_field"],
      [{ ...good, filter: { state: "held" } }, "bad_field"],
      [{ ...good, filter: { class: "made_up" } }, "bad_field"],
      [{ ...good, filter: { colour: "red" } }, "unknown_field"],
    ];
    for (const [request, expected] of tries) expect(await reason(ann.call("start_bulk", request))).toBe(expected);
    expect(await scene.db.query("select 1 from public.bulk_operations")).toEqual([]);
  });
});
