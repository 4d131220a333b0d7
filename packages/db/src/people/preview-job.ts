import { setTimeout as delay } from "node:timers/promises";
import { HoldpointError } from "@holdpoint/policy";
import type { PeopleClient } from "./client.ts";
import { readPreview, type PreviewAnswer } from "./read-preview.ts";
import { requestPreview } from "./request-preview.ts";
import type { JobRequest } from "./submit-job.ts";

/**
 * Asks admission and waits for the answer, at most `timeoutMs` (default 10 000). Gives null when no worker is heard from
 * or nobody answered in that time: NOT RUNNING.
 */
export async function previewJob(
  client: PeopleClient,
  request: JobRequest,
  timeoutMs = 10_000,
): Promise<PreviewAnswer | null> {
  const { id, worker_live } = await requestPreview(client, request);
  if (!worker_live) return null;
  const until = performance.now() + timeoutMs;
  for (;;) {
    const answer = await readPreview(client, id);
    if (answer || performance.now() > until) return answer;
    await delay(100);
  }
}

/** What admission would decide, as scripts read it. */
export type PlannedJob = PreviewAnswer & { readonly binds: false };

/** Asks admission as `previewJob` does; `unavailable` when nobody answered. */
export async function planJob(client: PeopleClient, request: JobRequest): Promise<PlannedJob> {
  const answer = await previewJob(client, request);
  if (answer) return { ...answer, binds: false };
  const message = "NOT RUNNING: no worker is there to say what policy would decide.";
  throw new HoldpointError("unavailable", "not_running", message, {
    remedy: "Start a worker (`npm start`, or `pnpm --filter worker start`) and ask again.",
  });
}
