import { setTimeout as delay } from "node:timers/promises";
import { readJobDetail, type JobDetail, type PeopleClient } from "@holdpoint/db/people";
import { ENDED_STATES, HoldpointError, WAITING_FOR_PERSON } from "@holdpoint/policy";
import type { Context } from "./context.ts";

export type WaitFor = "admission" | "end";
export interface Waited {
  detail: JobDetail;
  why: "reached" | "interrupted" | "timeout";
}

/** A command that waits lives through an outage of up to this long. */
export const OUTAGE_MS = 60_000;
const STOPS: readonly string[] = [...ENDED_STATES, ...WAITING_FOR_PERSON];

/**
 * Waits until a job was admitted, or until it ended or waits for a person. Lives through an outage of up to a minute.
 * Ctrl-C and the timeout end the waiting, never the job.
 */
export async function waitForJob(
  context: Context,
  client: PeopleClient,
  id: string,
  until: WaitFor,
  timeoutMs = Infinity,
): Promise<Waited> {
  const started = performance.now();
  let lastAnswer = started;
  let last: JobDetail | undefined;
  let pause = 150;
  for (;;) {
    try {
      last = await readJobDetail(client, id);
      lastAnswer = performance.now();
      context.progress(progressLine(last, lastAnswer - started));
      if (reached(last, until)) return { detail: last, why: "reached" };
    } catch (error) {
      const outage = error instanceof HoldpointError && error.code === "unavailable";
      if (!outage || performance.now() - lastAnswer > OUTAGE_MS) throw unreadable(id, error);
      context.progress(`${id}: not reachable, trying again`);
    }
    const left = timeoutMs - (performance.now() - started);
    if (context.signal.aborted) {
      if (last) return { detail: last, why: "interrupted" };
      throw unreadable(id, new HoldpointError("unavailable", "interrupted", "the waiting was interrupted."));
    }
    if (left <= 0 && last) return { detail: last, why: "timeout" };
    await delay(Math.max(1, Math.min(pause, left)), undefined, { signal: context.signal }).catch(ignoreAbort);
    pause = Math.min(1000, pause * 1.25);
  }
}

/** The job is submitted whatever happens to the reading: the error must say so, or a script submits it twice. */
export function unreadable(id: string, error: unknown): HoldpointError {
  const known = error instanceof HoldpointError ? error : null;
  return new HoldpointError(
    known?.code ?? "internal",
    known?.reason ?? "unexpected",
    `Job ${id} is submitted, but could not be read: ${known?.message ?? "something unexpected went wrong."}`,
    { remedy: `Read it later with: holdpoint jobs show ${id}`, cause: error },
  );
}

function reached({ job }: JobDetail, until: WaitFor): boolean {
  return until === "admission" ? job.state !== "submitted" : STOPS.includes(job.state);
}

function progressLine({ job, runs }: JobDetail, ms: number): string {
  const progress = job.state === "running" ? runs.find((run) => run.run_no === job.run_no)?.progress : null;
  const done = progress ? ` ${JSON.stringify(progress)}` : "";
  const why = job.state === "queued" && job.blocked_by ? ` (${job.blocked_by})` : "";
  return `${job.type} ${job.id}: ${job.state}${why}${done} ${Math.round(ms / 1000)} s`;
}

/** For a pause that Ctrl-C may cut short. */
export function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
}
