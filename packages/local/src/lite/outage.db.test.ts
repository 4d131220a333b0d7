import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../process/free-port.ts";
import { supervise } from "../process/supervise.ts";
import type { Supervised } from "../process/supervise.ts";
import { createOperator, createTestDatabase, signIn, startTestServer } from "../testing/index.ts";
import type { TestDatabase, TestServer } from "../testing/index.ts";
import { startLiteHost } from "./host-process.ts";
import type { LiteHost } from "./host-process.ts";

let server: TestServer;
let db: TestDatabase;
let host: Supervised<LiteHost>;
let logs: string;
const anonKey = "sb_publishable_for_a_test_of_outages";

beforeAll(async () => {
  server = await startTestServer({ durable: true });
  db = await createTestDatabase({ adminUrl: server.adminUrl });
  await db.query(`create function public.slow() returns int language sql as 'select 1 from pg_sleep(5)';
    grant execute on function public.slow() to authenticated`);
  logs = mkdtempSync(path.join(tmpdir(), "holdpoint-rest-"));
  const config = {
    databaseUrl: db.restUrl,
    jwtSecret: "a secret for a test of outages 0123456789",
    anonKey,
    port: await freePort(),
    siteUrl: "http://127.0.0.1:3000",
    deadlineMs: 1000,
  };
  // As a process of its own, as in the stack: the driver may throw into nowhere when its server goes.
  host = await supervise({
    name: "host",
    start: () => startLiteHost(config, path.join(logs, "rest.log")),
    say: () => undefined,
  });
});

afterAll(async () => {
  await host.stop();
  await db.drop();
  await server.close();
  rmSync(logs, { recursive: true, force: true });
});

const signedIn = async (): Promise<SupabaseClient> =>
  await signIn({ url: host.current().url, anonKey }, await createOperator(db));

describe("when the database does not answer", () => {
  it("a request ends at its deadline with 503", async () => {
    const client = await signedIn();
    const began = performance.now();
    const { error, status } = await client.rpc("slow");
    expect(performance.now() - began).toBeLessThan(3000);
    expect({ status, code: error?.code }).toEqual({ status: 503, code: "PT503" });
    expect(JSON.parse(error?.details ?? "")).toMatchObject({ code: "unavailable", reason: "rest_deadline" });
  });

  it.each(["SIGINT", "SIGKILL"] as const)(
    "stopped by %s: no answer takes long, and all is right again when it is back",
    async (signal) => {
      const client = await signedIn();
      await server.stopServer(signal);
      const began = performance.now();
      const { error, status, data } = await client.from("ventures").select("key");
      expect(performance.now() - began).toBeLessThan(3000);
      expect(data).toBeNull();
      // 0: the host itself was being started again.
      expect([0, 503], JSON.stringify(error)).toContain(status);
      await server.startServer();
      await expect
        .poll(async () => (await client.from("ventures").select("key")).data, { timeout: 15_000 })
        .toEqual([{ key: "fleet" }]);
    },
  );

  it("printed no address and no token", () => {
    const log = readFileSync(path.join(logs, "rest.log"), "utf8");
    expect(log).not.toMatch(/@example\.test|eyJ|postgres:\/\/[^[]/);
  });
});
