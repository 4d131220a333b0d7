import { expect } from "vitest";
import { admitJobs, claimJobs, pickReady, reap, settleRuns, submitJobs, tendBlocks } from "@holdpoint/db/runtime";
import type { Settlement } from "@holdpoint/db/runtime";
import { admission } from "../support/admission.ts";
import { at } from "../support/at.ts";
import type { Person } from "../support/person.ts";
import { settlement } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import type { TestWorker } from "../support/worker.ts";
import { admit, byId, cancel, claim, settle, tend } from "./model.ts";
import type { ModelJob, Outcome, World } from "./model.ts";
import type { Step, StepKind } from "./steps.ts";

/** The real thing and the model of it. Two workers, each with a connection of its own. */
export interface Pair {
  scene: Scene;
  workers: readonly { worker: TestWorker; on: Scene["on"] }[];
  approver: Person;
  admin: Person;
  world: World;
}

const ALL = 1_000;
const KEYS = ["a", "b"] as const;
const OUTCOMES: readonly Outcome[] = ["succeeded", "succeeded", "retry", "failed", "stopped", "parked"];
const SETTLED: Readonly<Record<Outcome, Partial<Settlement>>> = {
  succeeded: { outcome: "succeeded" },
  retry: { outcome: "failed", errorClass: "transient", errorMessage: "try again" },
  failed: { outcome: "failed", errorClass: "bad_input", errorMessage: "bad" },
  stopped: { outcome: "stopped" },
  parked: { outcome: "parked", retry: { ms: 3_600_000 } },
  lost: {},
};

const some = <T>(list: readonly T[], { n, k }: { n: number; k: number }): T[] =>
  Array.from({ length: Math.min(k, list.length) }, (_, i) => at(list, n + i));
const ids = (jobs: readonly { id: string }[]) => jobs.map((job) => job.id);
const inState = (world: World, ...states: string[]) => world.jobs.filter((job) => states.includes(job.state));
const runnable = (job: ModelJob) => job.state === "queued" && job.due && !job.waits;

/** run_at says what the model says, for all that don't wait for their key. */
async function setClocks({ scene, world }: Pair): Promise<void> {
  await scene.db.query(
    `update public.jobs j set run_at = case when d.due then least(j.run_at, clock_timestamp()) else clock_timestamp() + interval '1 day' end
     from unnest($1::uuid[], $2::bool[]) d(id, due) where j.id = d.id and j.state in ('queued', 'submitted') and j.waits_for is null`,
    [ids(world.jobs), world.jobs.map((job) => job.due)],
  );
}

/** Someone else holds rows of members of keys, none that the call is about, while it runs. */
async function locking(pair: Pair, step: Step, about: readonly ModelJob[], call: () => Promise<void>): Promise<void> {
  const { scene, world } = pair;
  const others = world.jobs.filter((job) => job.member !== null && !about.includes(job));
  const locked = step.lock === 0 ? [] : some(others, { n: step.n, k: step.lock });
  if (locked.length === 0) return call();
  const holder = await scene.db.owner.connect();
  try {
    await holder.query("begin");
    await holder.query("select 1 from public.jobs where id = any ($1) for no key update", [ids(locked)]);
    world.locked = new Set(ids(locked));
    await call();
  } finally {
    await holder.query("rollback");
    holder.release();
    world.locked.clear();
  }
}

type Run = (pair: Pair, step: Step) => Promise<void>;

const submit: Run = async (pair, step) => {
  const { world } = pair;
  const { worker, on } = at(pair.workers, step.n);
  const later = step.n % 6 === 0;
  const runAt = Array.from({ length: step.k }, () => new Date(Date.now() + (later ? 3_600_000 : 0)));
  const made = await submitJobs(on, worker, { venture: "acme", type: "keyed", payloads: runAt.map(() => ({})), runAt });
  const jobs = made.map((id): ModelJob => ({
    ...{ id, key: "", state: "submitted", reason: null, runNo: 0, retries: 0, policy: 0, due: !later, waits: false },
    ...{ member: null, noted: false, needsApproval: false, approved: false, undoable: false },
    ...{ cancelRequested: false, token: null, worker: null },
  }));
  world.jobs.push(...jobs);
  await admitThese(pair, step, jobs);
};

async function admitThese(pair: Pair, step: Step, jobs: readonly ModelJob[]): Promise<void> {
  const { worker, on } = at(pair.workers, step.n + 1);
  const items = jobs.map((job, i) => ({
    job,
    key: at(KEYS, Math.floor(step.n / 7) + i * (step.n % 2)),
    decision: (step.n + i) % 5 === 0 ? ("held" as const) : ("queued" as const),
  }));
  await locking(pair, step, jobs, async () => {
    const admitted = await admitJobs(
      on,
      worker,
      pair.world.floor,
      items.map(({ job, key, decision }) => ({
        ...admission({ id: job.id, type: "plain", venture: "acme" }, decision),
        concurrencyKey: key,
      })),
    );
    expect(admitted).toBe(admit(pair.world, items));
  });
}

/** All that dispatch offers, and a claim of some of it; now and then of jobs that it does not offer. */
const claimSome: Run = async (pair, step) => {
  const { scene, world } = pair;
  const { worker, on } = at(pair.workers, step.n);
  const rows = await pickReady(on, worker, { queue: "job", want: 500, cursor: "", out: [], look: true });
  const offered = rows.filter((row) => row.kind === "ready").map((row) => row.job_id);
  expect(offered.toSorted()).toEqual(world.paused ? [] : ids(world.jobs.filter(runnable).toSorted(byId)));
  const jobs = some(
    world.jobs.filter((job) => runnable(job) || (step.n % 9 === 0 && job.state === "queued")),
    step,
  );
  if (jobs.length === 0) return;
  const nos = await scene.db.query<{ id: string; no: number }>(
    "select id, dispatch_no as no from public.jobs where id = any ($1)",
    [ids(jobs)],
  );
  const noOf = new Map(nos.map((row) => [row.id, row.no]));
  await locking(pair, step, jobs, async () => {
    const numbers = jobs.map((job) => noOf.get(job.id) ?? 0);
    const told = await claimJobs(on, worker, crypto.randomUUID(), "build", ids(jobs), numbers);
    const verdicts = told.toSorted((a, b) => a.ord - b.ord).map((row) => row.verdict);
    expect(verdicts).toEqual(claim(world, jobs, worker.id));
    for (const row of told.filter((one) => one.verdict === "claimed")) at(jobs, row.ord - 1).token = row.token;
  });
};

const settleSome: Run = async (pair, step) => {
  const { worker, on } = at(pair.workers, step.n);
  const jobs = some(
    inState(pair.world, "running").filter((job) => job.worker === worker.id),
    step,
  );
  const runs = jobs.map((job, i) => ({
    job,
    outcome: step.k === ALL ? "succeeded" : at(OUTCOMES, Math.floor(step.n / 2) + i),
  }));
  await locking(pair, step, jobs, async () => {
    const items = runs.map(({ job, outcome }) =>
      settlement({ jobId: job.id, token: job.token ?? "0", ...SETTLED[outcome] }),
    );
    const rows = await settleRuns(on, worker, items);
    expect(rows.map((row) => row.verdict)).toEqual(items.map(() => "settled"));
    settle(pair.world, runs);
  });
};

const lose: Run = async (pair, step) => {
  const { scene, world } = pair;
  const jobs = some(inState(world, "running"), step);
  const { worker, on } = at(pair.workers, step.n);
  await scene.leasesOver();
  await scene.db.query(
    "update public.runs set lease_until = clock_timestamp() + interval '1 hour' where ended_at is null and job_id <> all ($1)",
    [ids(jobs)],
  );
  await locking(pair, step, jobs, async () => {
    expect(await reap(on, worker, 100)).toBe(jobs.length);
    settle(
      world,
      jobs.map((job) => ({ job, outcome: "lost" as const })),
    );
  });
};

const cancelOne: Run = async (pair, step) => {
  const open = inState(pair.world, "submitted", "held", "queued", "running", "dead", "quarantined");
  for (const job of some(open, { ...step, k: 1 })) {
    await locking(pair, step, [job], async () => {
      const { state } = await pair.admin.call<{ state: string }>("cancel_job", job.id, "a test");
      expect(state).toBe(cancel(pair.world, job));
    });
  }
};

const approve: Run = async ({ scene, world, approver }, step) => {
  if (!world.approverActive) return;
  for (const job of some(inState(world, "held"), step)) {
    const [row] = await scene.db.query<{ hash: string }>(
      "select encode(plan_hash, 'hex') as hash from public.jobs where id = $1",
      [job.id],
    );
    await approver.call("decide", job.id, "approve", row?.hash, "a test");
    Object.assign(job, { state: "queued", approved: true, undoable: true, due: false });
  }
};

const undo: Run = async ({ world, admin }, step) => {
  for (const job of some(
    world.jobs.filter((one) => one.undoable && one.state === "queued"),
    { ...step, k: 1 },
  )) {
    await admin.call("decide", job.id, "undo", null, null);
    Object.assign(job, { state: "held", approved: false, undoable: false, waits: false, noted: false });
  }
};

async function tendNow(pair: Pair, step: Step): Promise<void> {
  await pair.scene.db.query("update holdpoint.key_jobs set checked_at = now() - interval '1 hour'");
  await locking(pair, step, [], async () => {
    await tendBlocks(at(pair.workers, step.n).on, at(pair.workers, step.n).worker);
    tend(pair.world);
  });
}

const STEPS: Readonly<Record<StepKind, Run>> = {
  submit,
  admit: (pair, step) => admitThese(pair, step, some(inState(pair.world, "submitted"), step)),
  claim: claimSome,
  settle: settleSome,
  lose,
  cancel: cancelOne,
  approve,
  undo,
  tend: tendNow,
  async due({ world }, step) {
    for (const job of some(inState(world, "queued"), step)) job.due = true;
  },
  async policy({ scene, world }) {
    world.floor += 1;
    await scene.db.query("update public.settings set readmit_floor = $1", [world.floor]);
  },
  async approver({ scene, world, approver }) {
    world.approverActive = !world.approverActive;
    await scene.db.query("update public.operators set active = $2 where user_id = $1", [
      approver.userId,
      world.approverActive,
    ]);
  },
  async pause({ world, admin }) {
    if (world.paused) return;
    world.paused = true;
    await admin.call("pause_work", "type", "keyed", "a test");
  },
  async resume({ world, admin }) {
    if (!world.paused) return;
    world.paused = false;
    await admin.call("resume_work", "type", "keyed", null);
  },
};

/** The tables in the model's words. */
async function expectSame({ scene, world }: Pair, step: Step): Promise<void> {
  const jobs = await scene.db.query(
    `select j.id, j.state::text, j.waits_for is not null as waits, case when m.key is not null then jsonb_build_object('key', m.key, 'slot', m.has_slot) end as member,
       coalesce('key:' || j.concurrency_key = any (j.slots), false) as noted, j.run_no, j.cancel_requested_at is not null as cancel,
       case j.state when 'canceled' then j.reason end as why
     from public.jobs j left join holdpoint.key_jobs m on m.job_id = j.id order by j.id`,
  );
  const modelled = world.jobs.toSorted(byId).map((job) => ({
    ...{ id: job.id, state: job.state, waits: job.waits, member: job.member, noted: job.noted, run_no: job.runNo },
    cancel: job.cancelRequested || job.state === "canceled",
    why: job.state === "canceled" ? job.reason : null,
  }));
  expect(jobs, JSON.stringify(step)).toEqual(modelled);
  const keys = await scene.db.query<{ key: string; superseded: string | null; again: boolean; lost: number }>(
    `select k.key, k.superseded_before as superseded, k.look_again as again,
       (select count(*)::int from holdpoint.key_jobs m where m.key = k.key and not exists (select 1 from public.jobs j where j.id = m.job_id)) as lost
     from holdpoint.concurrency_keys k where exists (select 1 from holdpoint.key_jobs m where m.key = k.key) order by 1`,
  );
  for (const row of keys) {
    const { superseded, lookAgain, lost } = world.keys.get(row.key) ?? {};
    expect({ ...row, key: row.key }).toEqual({ key: row.key, superseded, again: lookAgain, lost });
  }
  await expectKept(scene, world.limit);
}

/** What must hold of the tables whatever the model says. */
async function expectKept({ db }: Scene, limit: number): Promise<void> {
  const wrong = await db.query(
    `select 'more than the limit run' as what, j.concurrency_key as key from public.jobs j where j.state = 'running' group by 2 having count(*) > $1
     union all select 'more slots than the limit', m.key from holdpoint.key_jobs m where m.has_slot group by 2 having count(*) > $1
     union all select 'a run without its slot', j.concurrency_key from public.jobs j where j.state = 'running'
       and not exists (select 1 from holdpoint.key_jobs m where m.job_id = j.id and m.has_slot and m.key = j.concurrency_key)
     union all select 'waits and is no member', j.concurrency_key from public.jobs j where j.waits_for is not null
       and not exists (select 1 from holdpoint.key_jobs m where m.job_id = j.id and not m.has_slot and m.key = j.concurrency_key)
     union all select 'waits for a key that is free and nobody looks at', j.concurrency_key from public.jobs j
       where j.waits_for is not null and not exists (select 1 from holdpoint.concurrency_keys k where k.key = j.concurrency_key and k.look_again)
         and (select count(*) from holdpoint.key_jobs m where m.key = j.concurrency_key and m.has_slot) < $1`,
    [limit],
  );
  expect(wrong).toEqual([]);
}

/** Runs the steps one by one, each answer against the model's, and the tables after each. */
export async function runSteps(pair: Pair, list: readonly Step[]): Promise<void> {
  for (const step of list) {
    await setClocks(pair);
    await STEPS[step.kind](pair, step).catch((error: unknown) => {
      throw new Error(JSON.stringify(step), { cause: error });
    });
    await expectSame(pair, step);
  }
}

/** When nothing else happens, all that waits runs: no new job, no lock, the janitor comes by. */
export async function drain(pair: Pair): Promise<void> {
  const { world } = pair;
  const go = (kind: StepKind, n: number) => runSteps(pair, [{ kind, n, k: ALL, lock: 0 }]);
  await go("resume", 0);
  if (!world.approverActive) await go("approver", 0);
  for (let round = 0; inState(world, "submitted", "held", "queued", "running").length > 0; round++) {
    if (round > 3 * world.jobs.length + 3) throw new Error(`they wait for ever: ${JSON.stringify(world.jobs)}`);
    for (const kind of ["admit", "approve", "due", "tend", "claim"] as const) await go(kind, 7);
    for (const worker of [0, 1]) await go("settle", worker);
  }
}
