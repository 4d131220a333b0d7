import { describe, expect, test, vi } from "vitest";
import { QUEUE_NAMES } from "@holdpoint/policy";
import { createQueues, migrateBullmqSchema } from "../src/index.ts";
import { conformance } from "./conformance.ts";
import { startPostgres } from "./server.ts";

conformance("PostgreSQL", startPostgres);

describe("PostgreSQL only", () => {
  test("two workers that serve nine queues hold few connections, also in a burst", async () => {
    const server = await startPostgres();
    const got: string[] = [];
    const workers = [1, 2].map(() => {
      const queues = createQueues(server.server, { prefix: "test" });
      for (const queue of QUEUE_NAMES) {
        queues.consume(queue, { concurrency: 4 }, async (message) => void got.push(message.id));
      }
      return queues;
    });
    try {
      await Promise.all(
        workers.flatMap((queues) =>
          Array.from({ length: 40 }, (_, i) => queues.addHints("job", [[{ jobId: String(i), dispatchNo: i }]])),
        ),
      );
      await vi.waitFor(() => expect(got.length).toBe(80), { timeout: 30_000 });
      const [row] = await server.query<{ n: number }>(
        "select count(*)::int as n from pg_stat_activity where usename = 'queue_worker'",
      );
      expect(row?.n).toBeLessThanOrEqual(2 * (4 + QUEUE_NAMES.length));
    } finally {
      await Promise.all(workers.map((queues) => queues.close()));
      await server.close();
    }
  });

  test("the worker's login has no right to create, migrating twice is safe, and a missing schema is said", async () => {
    const server = await startPostgres();
    try {
      await migrateBullmqSchema(server.adminUrl, "queue_worker");
      const rights = await server.query<{ database: boolean; schema: boolean; ledger: boolean }>(
        `select has_database_privilege('queue_worker', 'postgres', 'create') as database,
                has_schema_privilege('queue_worker', 'bullmq', 'create') as schema,
                has_table_privilege('queue_worker', 'bullmq.migration', 'insert') as ledger`,
      );
      expect(rights).toEqual([{ database: false, schema: false, ledger: false }]);
      await server.query("drop schema bullmq cascade");
      const queues = createQueues(server.server, { prefix: "test" });
      await expect(queues.ping()).rejects.toMatchObject({ code: "refused", reason: "queue_not_migrated" });
      await queues.close();
    } finally {
      await server.close();
    }
  });
});
