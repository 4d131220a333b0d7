/** Edits, replays and operations on many: the calls and what the model says of them. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { stepBulk } from "@holdpoint/db/runtime";
import { at } from "../support/at.ts";
import { decide, move, newJob } from "./model.ts";
import type { ModelJob } from "./model.ts";
import type { Pair } from "./run-steps.ts";
import type { Step } from "./steps.ts";

/** An operation that runs: what matched at its start, by the run that failed then. */
export interface ModelBulk {
  id: string;
  verb: "release" | "discard";
  left: { job: ModelJob; runs: number }[];
}

const made = (call: Promise<{ id: string }>) =>
  call.then(
    ({ id }) => ({ id, refused: null }),
    (error: unknown) => ({ id: null, refused: toHoldpointError(error).reason }),
  );

function submittedFrom({ world }: Pair, id: string, of: ModelJob): void {
  const job = newJob(id, of.type, of.venture, of.urgent);
  move(job, "submitted", "submit_job");
  world.jobs.push(job);
}

/** A new job in place of one that a person may discard. */
export async function resubmitOne(pair: Pair, job: ModelJob): Promise<void> {
  const request = { payload: { edited: pair.world.jobs.length }, reason: "a test" };
  const { id, refused } = await made(pair.person.call("resubmit_job", job.id, request));
  const answer = decide(job, "discard");
  expect(refused).toBe(answer === "discarded" ? null : answer);
  if (id !== null) submittedFrom(pair, id, job);
}

/** A new job; the old one stays as it is, whatever its state. */
export async function replayOne(pair: Pair, job: ModelJob, { flag }: Step): Promise<void> {
  const { id, refused } = await made(pair.person.call("replay_job", job.id, { dry_run: flag }));
  expect(refused).toBeNull();
  if (id !== null) submittedFrom(pair, id, job);
}

const failed = (job: ModelJob) => job.state === "dead" || job.state === "quarantined";

export async function startBulk({ world, person }: Pair, { k, flag }: Step): Promise<void> {
  const filter = flag ? {} : { venture: "acme" };
  const left = world.jobs
    .filter((job) => failed(job) && (flag || job.venture === "acme"))
    .map((job) => ({ job, runs: job.runs.length }));
  const preview = await person.call<{ as_of: string; total: number }>("preview_bulk", { filter });
  expect(preview.total).toBe(left.length);
  const verb = k > 3 ? "release" : "discard";
  const request = { id: randomUUID(), verb, reason: "a test", filter, as_of: preview.as_of, per_minute: 60_000 };
  expect(await person.call("start_bulk", request)).toMatchObject({ total: left.length });
  if (left.length > 0) world.bulks.push({ id: request.id, verb, left });
}

/** Decides the next of one operation; who was decided or has ended meanwhile, or failed anew, is left alone. */
export async function stepOne({ scene, world, workers }: Pair, { n, k }: Step): Promise<void> {
  await scene.db.query("update public.bulk_operations set next_at = now() where state = 'running'");
  const bulk = world.bulks.toSorted((a, b) => (a.id < b.id ? -1 : 1))[0];
  const items = bulk?.left.toSorted((a, b) => (a.job.id < b.job.id ? -1 : 1)).slice(0, k) ?? [];
  const told = await stepBulk(scene.on, at(workers, n), k);
  if (bulk === undefined) return expect(told).toBeNull();
  bulk.left = bulk.left.filter((item) => !items.includes(item));
  const due = items.filter(({ job, runs }) => failed(job) && job.runs.length === runs);
  for (const { job } of due) decide(job, bulk.verb);
  if (bulk.left.length === 0) world.bulks = world.bulks.filter((one) => one !== bulk);
  expect(told).toMatchObject({
    ...{ operation: bulk.id, state: bulk.left.length === 0 ? "done" : "running" },
    ...{ done: due.length, refused: 0, skipped: items.length - due.length },
  });
}
