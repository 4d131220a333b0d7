/** Parks and signals: the calls and what the model says of them. */
import { expect } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { at } from "../support/at.ts";
import type { Person } from "../support/person.ts";
import { ask as askNow } from "../waits/park.ts";
import { ask, decline, openRun, park, send } from "./model.ts";
import type { ModelJob } from "./model.ts";
import type { Pair } from "./run-steps.ts";
import type { Step } from "./steps.ts";

const KINDS = ["approval", "signal", "sleep"] as const;

/** A run asks what it asked last, or something new; told to park, it is settled so. */
export async function parkOne({ scene, world, workers }: Pair, job: ModelJob, step: Step): Promise<void> {
  const run = openRun(job);
  const worker = workers.find((one) => one.id === run?.worker);
  if (run === null || worker === undefined) return;
  const lease = { jobId: job.id, token: run.token };
  const kind = job.wait?.kind ?? at(KINDS, step.n);
  const n = job.calls + 1;
  const what =
    kind === "sleep"
      ? { sleep: 3_600_000, n }
      : kind === "signal"
        ? { signal: "go", n }
        : { approval: { title: "?" }, n };
  const told = () =>
    askNow(scene, lease, what, worker).then(
      ({ state }) => state,
      (error: unknown) => toHoldpointError(error).reason,
    );
  if (world.stops.some((stop) => stop.venture === null || stop.venture === job.venture)) {
    expect(await told()).toBe("stopped");
    return;
  }
  if (job.cancelRequested) {
    expect(await told()).toBe("canceled");
    return;
  }
  const over = kind === "sleep" && job.wait !== null && step.flag;
  if (over)
    await scene.db.query("update public.waits set until = asked_at where job_id = $1 and answered_at is null", [
      job.id,
    ]);
  const expected = ask(job, kind, over);
  expect(await told()).toBe(expected);
  if (expected === "approved") {
    job.wait = null;
    job.calls += 1;
  } else if (expected === "park") {
    park(job);
    expect(await scene.settle([{ ...lease, outcome: "parked" }], worker)).toMatchObject([{ state: job.state }]);
  } else if (expected === "rejected") {
    decline(job);
    expect(await scene.settle([{ ...lease, outcome: "declined" }], worker)).toMatchObject([{ state: "rejected" }]);
  }
}

export async function sendOne(person: Person, job: ModelJob): Promise<void> {
  const woke = send(job);
  const answer = person.call<{ woke: boolean }>("send_signal", job.id, "go", "null", null).then(
    (sent) => sent.woke,
    (error: unknown) => toHoldpointError(error).reason,
  );
  expect(await answer).toBe(woke ?? "already_ended");
}
