import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestDatabase } from "@holdpoint/local/testing";
import { Role } from "./frame/role.ts";

export const VENTURES = Array.from({ length: 10 }, (_, i) => `bench-${i}`);
/** The limits are on, and raised until they never bind: their rows are locked and counted in each claim. */
export const LIMITS = { concurrency: 1_000_000, first_starts: 100_000_000 };

/** Ventures with raised limits. */
export async function addVentures(db: TestDatabase, keys: readonly string[] = VENTURES): Promise<void> {
  await db.query(
    `with v as (
       insert into public.ventures (key, id, name, head)
       select k, i, k, holdpoint.first_hash(i) from (select k, holdpoint.new_id() as i from unnest($1::text[]) k) n
       returning key
     )
     insert into public.limits (scope, key, kind, venture, max)
     select 'venture', v.key, l.kind::public.limit_kind, v.key, l.max
     from v cross join (values ('concurrency', $2::int), ('first_starts', $3::int)) l(kind, max)`,
    [keys, LIMITS.concurrency, LIMITS.first_starts],
  );
}

export interface Fleet {
  readonly worker: Role;
  close(): Promise<void>;
}

/** The real worker, with all duties and the build lane of so many slots, in its own process. Ready when it takes work. */
export async function startFleet(
  db: TestDatabase,
  slots: number,
  redisUrl: string | null,
  name = "bench",
): Promise<Fleet> {
  const dataDir = mkdtempSync(join(tmpdir(), "holdpoint-bench-"));
  const worker = new Role(
    resolve(import.meta.dirname, "../../apps/worker/src/main.ts"),
    undefined,
    {
      DATABASE_URL: db.workerUrl,
      REDIS_URL: redisUrl ?? "",
      HOLDPOINT_DATA_DIR: dataDir,
      HOLDPOINT_HANDLERS: resolve(import.meta.dirname, "../handlers"),
      HOLDPOINT_LOG_LEVEL: "error",
    },
    ["--lanes", "build", "--slots", String(slots), "--name", name],
  );
  await waitForWorker(db, worker, name);
  return {
    worker,
    close: async () => {
      await worker.end();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function waitForWorker(db: TestDatabase, worker: Role, name: string): Promise<void> {
  const died = new Promise<never>((_, reject) => {
    worker.process.once("exit", (code) => reject(new Error(`the worker ended with ${code} while it started`)));
  });
  const ready = (async () => {
    for (;;) {
      const rows = await db.query(
        "select 1 from public.workers w, public.duties d where w.name = $1 and w.ended_at is null and d.name = 'dispatch' and d.worker_id is not null",
        [name],
      );
      if (rows.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  await Promise.race([ready, died]);
}
