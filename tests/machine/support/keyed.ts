import { admitJobs, submitJobs } from "@holdpoint/db/runtime";
import { startWorker } from "./worker.ts";
import type { TestWorker } from "./worker.ts";
import type { Scene } from "./scene.ts";
import { admission } from "./admission.ts";
import { TYPES } from "./types.ts";

export type Strategy = "queue" | "skip" | "cancel_old" | "newest_waiting";

/** A worker that announces one type with a concurrency key, beside the test types. */
export function keyedWorker(scene: Scene, name: string, limit: number, strategy: Strategy): Promise<TestWorker> {
  const types = [...Object.values(TYPES), { ...TYPES.plain, name, concurrency: { limit, strategy } }];
  return startWorker(scene.on, { types });
}

/** Submits jobs of the type and admits them under their keys, in one call. Their ids, in order. */
export async function admitKeyed(
  scene: Scene,
  type: string,
  keys: readonly string[],
  facts: { venture?: string; runAt?: Date; on?: Scene["on"] } = {},
): Promise<string[]> {
  const { venture = "acme", on = scene.on, runAt } = facts;
  const payloads = keys.map(() => ({}));
  const times = runAt === undefined ? {} : { runAt: keys.map(() => runAt) };
  const ids = await submitJobs(on, scene.worker, { venture, type, payloads, ...times });
  const items = ids.map((id, i) => ({
    ...admission({ id, type: "plain", venture }, "queued"),
    concurrencyKey: keys[i] ?? null,
  }));
  await admitJobs(on, scene.worker, 1, items);
  return ids;
}
