import { expect } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import {
  admitJobs,
  endWorker,
  expireJobs,
  freeDeadWorkers,
  heartbeat,
  loseOwnRun,
  reap,
  submitJobs,
  tendBlocks,
} from "@holdpoint/db/runtime";
import { admission } from "../support/admission.ts";
import { at } from "../support/at.ts";
import type { Person } from "../support/person.ts";
import type { Scene } from "../support/scene.ts";
import { TYPE_NAMES } from "../support/types.ts";
import { startWorker } from "../support/worker.ts";
import type { TestWorker } from "../support/worker.ts";
import { claim, running } from "./gate.ts";
import type { World } from "./gate.ts";
import { admit, cancel, decide, lose, move, newJob, openRun, settle, undo } from "./model.ts";
import { replayOne, resubmitOne, startBulk, stepOne } from "./run-recovery.ts";
import { parkOne, sendOne } from "./run-waits.ts";
import type { ModelJob, Outcome } from "./model.ts";
import type { Step, StepKind } from "./steps.ts";

/** The real thing and the model of it, side by side. */
export interface Pair {
  scene: Scene;
  person: Person;
  workers: TestWorker[];
  world: World;
  /** The last claim, to repeat it. */
  lastClaim: { request: string; worker: TestWorker; jobs: ModelJob[]; nos: number[] } | null;
}

const VENTURES = ["acme", "beta", "fleet"] as const;
const OUTCOMES: readonly Outcome[] = [
  { outcome: "succeeded" },
  { outcome: "failed", error: "transient" },
  { outcome: "failed", error: "bug" },
  { outcome: "failed", error: "bad_input" },
  { outcome: "failed", error: "unsafe" },
  { outcome: "failed", error: "timeout", later: true },
  { outcome: "failed", error: "unsafe", later: true },
  { outcome: "stopped" },
  { outcome: "canceled" },
  { outcome: "parked", later: true },
];

function some<T>(list: readonly T[], { n, k }: { n: number; k: number }): T[] {
  return Array.from({ length: Math.min(k, list.length) }, (_, i) => at(list, n + i));
}
const answerOf = (call: Promise<unknown>) =>
  call.then(
    (answer) => (answer as { state: string }).state,
    (error: unknown) => toHoldpointError(error).reason,
  );
const open = (world: World) => world.jobs.filter((job) => job.state === "running");
const ids = (jobs: readonly ModelJob[]) => jobs.map((job) => job.id);

/** The database's clock is the model's flag: what is due, what is late, which leases are old. */
async function setClocks({ scene, world }: Pair): Promise<void> {
  const queued = world.jobs.filter((job) => job.state === "queued");
  await scene.db.query(
    `update public.jobs set run_at = case when id = any ($1) then clock_timestamp() - interval '1 second' else clock_timestamp() + interval '1 day' end
     where id = any ($2)`,
    [ids(queued.filter((job) => job.due)), ids(queued)],
  );
  const runs = open(world);
  await scene.db.query(
    `update public.runs set listed_at = clock_timestamp() - case when job_id = any ($1) then interval '1 hour' else interval '0' end,
       lease_until = clock_timestamp() + case when job_id = any ($2) then interval '-1 second' else interval '1 hour' end where ended_at is null`,
    [ids(runs.filter((job) => openRun(job)?.aged)), ids(runs.filter((job) => openRun(job)?.over))],
  );
}

async function settleRun(pair: Pair, job: ModelJob, run: { token: string; worker: string }, outcome: Outcome) {
  const worker = pair.workers.find((one) => one.id === run.worker);
  if (worker === undefined) return null;
  const failed = outcome.outcome === "failed" ? { errorClass: outcome.error ?? "bug", errorMessage: "it failed" } : {};
  const retry = outcome.later === true ? { ms: 3_600_000 } : null;
  const item = { jobId: job.id, token: run.token, outcome: outcome.outcome, ...failed, retry };
  return at(await pair.scene.settle([item], worker), 0);
}

const STEPS: Readonly<Record<StepKind, (pair: Pair, step: Step) => Promise<void>>> = {
  async submit({ scene, world, workers }, { n, k, flag }) {
    const type = at(TYPE_NAMES, n);
    const venture = at(VENTURES, Math.floor(n / 3));
    const payloads = Array.from({ length: k }, () => ({}));
    for (const id of await submitJobs(scene.on, at(workers, n), { type, venture, payloads, urgent: flag })) {
      const job = newJob(id, type, venture, flag);
      move(job, "submitted", "submit_job");
      world.jobs.push(job);
    }
  },
  async admit({ scene, world, workers }, step) {
    const waiting = world.jobs.filter((job) => job.state === "submitted" || step.n % 11 === 0);
    const jobs = some(waiting, step);
    const decisions = jobs.map((_, i) =>
      at(["queued", "held", "queued", "queued", "held", "refused"] as const, step.n + i),
    );
    const items = jobs.map((job, i) => admission(job, at(decisions, i), job.urgent ? "priority" : "job"));
    const expected = jobs.filter((job, i) => admit(job, at(decisions, i), world.floor)).length;
    expect(await admitJobs(scene.on, at(workers, step.n), world.floor, items)).toBe(expected);
  },
  async claim(pair, step) {
    const { scene, world, workers } = pair;
    await setClocks(pair);
    const jobs = some(
      world.jobs.filter((job) => job.state === "queued" || step.n % 9 === 0),
      step,
    );
    // Now and then an old number, or a job named twice.
    if (step.n % 5 === 0 && jobs[0] !== undefined) jobs.push(jobs[0]);
    const nos = jobs.map((job) => job.dispatchNo - (step.n % 7 === 0 ? 1 : 0));
    const worker = at(workers, step.n);
    const request = crypto.randomUUID();
    const rows = await scene.claim(
      jobs.map((job, i) => ({ id: job.id, dispatchNo: at(nos, i) })),
      worker,
      request,
    );
    const expected = claim(
      world,
      jobs.map((job, i) => ({ job, no: at(nos, i) })),
      worker.id,
    );
    expect(rows.toSorted((a, b) => a.ord - b.ord).map((row) => row.verdict)).toEqual(expected);
    for (const row of rows.filter((one) => one.verdict === "claimed")) {
      const run = at(jobs, row.ord - 1).runs.at(-1);
      expect(row).toMatchObject({ job_id: at(jobs, row.ord - 1).id, run_no: at(jobs, row.ord - 1).runs.length });
      if (run !== undefined) run.token = row.token;
    }
    pair.lastClaim = { request, worker, jobs, nos };
  },
  async claimAgain(pair) {
    if (pair.lastClaim === null || !pair.workers.includes(pair.lastClaim.worker)) return;
    const { request, worker, jobs, nos } = pair.lastClaim;
    // Only hints that the first call used up: another answer of the gate may differ by now.
    const gone = jobs
      .map((job, i) => ({ job, no: at(nos, i) }))
      .filter(({ job, no }) => job.state !== "queued" || job.dispatchNo !== no);
    const rows = await pair.scene.claim(
      gone.map(({ job, no }) => ({ id: job.id, dispatchNo: no })),
      worker,
      request,
    );
    for (const row of rows) {
      const { job } = at(gone, row.ord - 1);
      const held = openRun(job);
      const own = row.verdict === "repeat";
      expect(row.token ?? null).toBe(own ? held?.token : null);
      if (own && held !== null) held.aged = false;
    }
  },
  async settle(pair, step) {
    for (const job of some(open(pair.world), { ...step, k: Math.min(step.k, 3) })) {
      const run = openRun(job);
      if (run === null) continue;
      const outcome = at(OUTCOMES, step.n);
      settle(job, outcome);
      expect(await settleRun(pair, job, run, outcome)).toMatchObject({ verdict: "settled", state: job.state });
    }
  },
  async settleAgain(pair, step) {
    const job = some(
      pair.world.jobs.filter((one) => one.runs.some((run) => run.outcome !== null)),
      { ...step, k: 1 },
    )[0];
    const run = job?.runs.find((one) => one.outcome !== null);
    if (job === undefined || run === undefined) return;
    const row = await settleRun(pair, job, run, at(OUTCOMES, step.n));
    if (row !== null)
      expect(row).toMatchObject({ verdict: run.outcome === "lost" ? "late" : "repeat", state: job.state });
  },
  async heartbeat(pair, step) {
    const worker = at(pair.workers, step.n);
    const own = open(pair.world).filter((job) => openRun(job)?.worker === worker.id);
    for (const job of some(own, step)) {
      const run = openRun(job);
      if (run !== null) run.aged = true;
    }
    await setClocks(pair);
    const stopped = (job: ModelJob) =>
      pair.world.stops.some((stop) => stop.venture === null || stop.venture === job.venture);
    const listed = own.filter((job) => step.flag || openRun(job)?.aged !== true);
    const rows = await heartbeat(
      pair.scene.on,
      worker,
      listed.map((job) => ({ jobId: job.id, token: openRun(job)?.token ?? "0", progress: null })),
      {},
    );
    for (const row of rows) {
      const job = at(
        listed.filter((one) => one.id === row.job_id),
        0,
      );
      expect(row.verdict).toBe(job.cancelRequested ? "cancel" : stopped(job) ? "stop" : "renewed");
      const run = openRun(job);
      if (run !== null) Object.assign(run, { aged: false, over: false });
    }
    for (const job of own) if (!listed.includes(job)) lose(job, false);
  },
  async loseSome(pair, step) {
    for (const job of some(open(pair.world), step)) {
      const run = openRun(job);
      if (run !== null) run.over = true;
    }
    await setClocks(pair);
    await pair.scene.db.query(
      "update holdpoint.janitor set database_up_since = clock_timestamp() - interval '1 hour', janitor_seen_at = clock_timestamp()",
    );
    const over = open(pair.world).filter((job) => openRun(job)?.over);
    expect(await reap(pair.scene.on, at(pair.workers, step.n), 1_000)).toBe(over.length);
    for (const job of over) lose(job, false);
  },
  async dieAlone(pair, step) {
    const job = some(open(pair.world), { ...step, k: 1 })[0];
    const run = job === undefined ? null : openRun(job);
    const worker = pair.workers.find((one) => one.id === run?.worker);
    if (job === undefined || run === null || worker === undefined) return;
    const other = at(pair.workers, pair.workers.indexOf(worker) + 1);
    expect(await loseOwnRun(pair.scene.on, other, job.id, run.token)).toBe(false);
    expect(await loseOwnRun(pair.scene.on, worker, job.id, run.token)).toBe(true);
    lose(job, true);
  },
  async restart(pair, { n }) {
    const dead = at(pair.workers, n);
    const held = open(pair.world).filter((job) => openRun(job)?.worker === dead.id);
    const next = await startWorker(pair.scene.on, { name: dead.name, instance: dead.instance });
    pair.workers[n % pair.workers.length] = next;
    expect(await freeDeadWorkers(pair.scene.on, next)).toBe(held.length);
    for (const job of held) lose(job, true);
  },
  async leave(pair, { n }) {
    const old = at(pair.workers, n);
    const held = open(pair.world).filter((job) => openRun(job)?.worker === old.id);
    expect(await endWorker(pair.scene.on, old, "deploy")).toBe(held.length);
    for (const job of held) lose(job, false);
    pair.workers[n % pair.workers.length] = await startWorker(pair.scene.on, { name: old.name });
  },
  async cancel({ world, person }, step) {
    for (const job of some(step.flag ? open(world) : world.jobs, { ...step, k: 1 })) {
      expect(await answerOf(person.call("cancel_job", job.id, "a test"))).toBe(cancel(job));
    }
  },
  async decide({ world, person, scene }, step) {
    const waiting = world.jobs.filter(
      (job) => ["held", "dead", "quarantined"].includes(job.state ?? "") || step.n % 13 === 0,
    );
    for (const job of some(waiting, { ...step, k: 1 })) {
      const yes = step.k > 2;
      const asks = job.heldFor === "approval" || job.heldFor === "park" || (job.state !== "held" && step.n % 26 === 0);
      const verb = asks ? (yes ? "approve" : "reject") : yes ? "release" : "discard";
      const [row] = await scene.db.query<{ hash: string | null }>(
        "select encode((holdpoint.asked(j)).plan_hash, 'hex') as hash from public.jobs j where id = $1",
        [job.id],
      );
      expect(await answerOf(person.call("decide", job.id, verb, row?.hash ?? null, "a test"))).toBe(decide(job, verb));
    }
  },
  async undo({ world, person }, step) {
    for (const job of some(
      world.jobs.filter((one) => one.decidedFrom !== null || step.n % 5 === 0),
      { ...step, k: 1 },
    )) {
      expect(await answerOf(person.call("decide", job.id, "undo", null, null))).toBe(undo(job));
    }
  },
  async expire({ scene, world, workers }, step) {
    const some_ = some(
      world.jobs.filter((job) => job.state === "held" || (job.state === "queued" && job.runs.length === 0)),
      step,
    );
    for (const job of some_) job.late = true;
    await scene.db.query(
      `update public.jobs set held_until = case when state = 'held' then clock_timestamp() - interval '1 second' else held_until end,
         start_by = case when phase = 'q' and run_no = 0 then clock_timestamp() - interval '1 second' end where id = any ($1)`,
      [ids(some_)],
    );
    if (step.flag) {
      // Nobody came by yet; what is queued starts in time after all.
      await scene.db.query("update public.jobs set start_by = null where phase = 'q'");
      for (const job of some_) if (job.state === "queued") job.late = false;
      return;
    }
    const over = world.jobs.filter((job) => job.late && (job.state === "held" || job.state === "queued"));
    expect(await expireJobs(scene.on, at(workers, step.n), 1_000)).toBe(over.length);
    for (const job of over) move(job, "expired", "expire");
  },
  async stop({ world, person }, { flag }) {
    const { id } = await person.call<{ id: string }>(
      "engage_stop",
      flag ? "everything" : "venture",
      flag ? "" : "acme",
      "a test",
    );
    await person.call("confirm_stop", id);
    world.stops.push({ id, venture: flag ? null : "acme" });
  },
  async lift({ world, person }) {
    const stop = world.stops.shift();
    if (stop !== undefined)
      expect(await person.call("lift_stop", stop.id, "LIFT")).toMatchObject({ others: world.stops.length });
  },
  async due({ world }, step) {
    for (const job of world.jobs) if (job.state === "queued" && (step.flag || step.n % 2 === 0)) job.due = true;
  },
  async hour({ scene, world, workers }, { n }) {
    // No two of them at the same minute: each hour that passes goes its own number of hours back.
    await scene.db.query(
      "update holdpoint.limit_usage set minute = minute - make_interval(hours => 2 + floor(random() * 100000)::int)",
    );
    await scene.db.query("update public.blocks set wake_at = clock_timestamp() where wake_at is not null");
    expect(await tendBlocks(scene.on, at(workers, n))).toBe(world.startsBlocked.size);
    world.startsBlocked.clear();
    world.starts.clear();
  },
  async policy({ scene, world }) {
    world.floor += 1;
    await scene.db.query("update public.settings set readmit_floor = $1", [world.floor]);
  },
  async park(pair, step) {
    for (const job of some(open(pair.world), { ...step, k: Math.min(step.k, 2) })) await parkOne(pair, job, step);
  },
  async send({ world, person }, step) {
    for (const job of some(world.jobs, { ...step, k: 2 })) await sendOne(person, job);
  },
  async resubmit(pair, step) {
    const jobs = pair.world.jobs.filter(
      (job) => step.n % 7 === 0 || ["held", "dead", "quarantined"].includes(job.state ?? ""),
    );
    for (const job of some(jobs, { ...step, k: 1 })) await resubmitOne(pair, job);
  },
  async replay(pair, step) {
    for (const job of some(pair.world.jobs, { ...step, k: 1 })) await replayOne(pair, job, step);
  },
  bulkStart: startBulk,
  bulkStep: stepOne,
};

/** What the tables say, in the model's words. */
async function expectSame({ scene, world }: Pair): Promise<void> {
  const jobs = await scene.db.query(
    `select j.id, j.state, j.dispatch_no, j.run_no, j.retries_used, j.losses, j.deaths, j.tier, j.needs_approval, j.held_for, j.decided_from,
       d.verb as decided, j.cancel_requested_at is not null as cancel, j.token
     from public.jobs j left join public.decisions d on d.id = j.decision_id order by j.id`,
  );
  const modelled = world.jobs
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((job) => ({
      id: job.id,
      state: job.state,
      dispatch_no: job.dispatchNo,
      run_no: job.runs.length,
      retries_used: job.retriesUsed,
      losses: job.losses,
      deaths: job.deaths,
      tier: job.tier,
      needs_approval: job.needsApproval,
      held_for: job.heldFor,
      decided_from: job.decidedFrom,
      decided: job.state === "queued" || job.state === "running" ? (job.decided?.verb ?? null) : null,
      cancel: job.cancelRequested || job.state === "canceled",
      token: openRun(job)?.token ?? null,
    }));
  const said = jobs.map((job) => ({
    ...job,
    decided: job["state"] === "queued" || job["state"] === "running" ? job["decided"] : null,
    cancel: job["cancel"] === true || job["state"] === "canceled",
  }));
  expect(said).toEqual(modelled);
  const blocks = await scene.db.query<{ name: string }>(
    "select kind || ' ' || scope || ' ' || key as name from public.blocks order by 1",
  );
  const expected = [
    ...world.stops.map((stop) => (stop.venture === null ? "stop everything " : `stop venture ${stop.venture}`)),
    ...[...world.startsBlocked].map((venture) => `first_starts venture ${venture}`),
    ...[...world.limits]
      .filter(([venture, limit]) => running(world, venture) >= limit.concurrency)
      .map(([venture]) => `concurrency venture ${venture}`),
  ];
  expect(blocks.map((row) => row.name).toSorted()).toEqual(expected.toSorted());
}

/** Runs the steps one by one, each answer against the model's, and the tables after each. */
export async function runSteps(pair: Pair, list: readonly Step[]): Promise<void> {
  for (const step of list) {
    await STEPS[step.kind](pair, step);
    await expectSame(pair);
  }
}
