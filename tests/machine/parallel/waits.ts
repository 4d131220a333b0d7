/** Parks and signals as calls: a run asks, and is settled as parked when it is told to; others may come between. */
import { beginWait, settleRuns } from "@holdpoint/db/runtime";
import { recordedRequest } from "@holdpoint/sdk";
import type { Client } from "pg";
import { at } from "../support/at.ts";
import { settlement } from "../support/scene.ts";
import type { TestWorker } from "../support/worker.ts";

const KINDS = ["approval", "signal", "sleep"] as const;

/** Which call of its handler a run has come to: the first that was not answered. */
export interface Asking {
  jobId: string;
  token: string;
  /** Calls that were answered. */
  told: number;
}

/** What the run is told; parked, what its settlement came to. The same call and request in each run of a job. */
export async function askAndPark(on: Client, worker: TestWorker, run: Asking): Promise<unknown[]> {
  const handler = Number.parseInt(run.jobId.slice(-2), 16);
  const kind = at(KINDS, handler + run.told);
  const name = kind === "signal" ? "go" : kind;
  const request =
    kind === "approval" ? recordedRequest({ title: "Go on?", otherwise: handler % 2 === 0 ? "throw" : "end" }) : null;
  const withinMs = request === null ? 60_000 : null;
  const wait = { call: `${kind}:${name}#${run.told + 1}`, kind, name, until: null, withinMs, request };
  const { state } = await beginWait(on, worker, run, wait);
  if (state !== "park") return [{ verdict: `told ${state}` }];
  return settleRuns(on, worker, [settlement({ jobId: run.jobId, token: run.token, outcome: "parked" })]);
}
