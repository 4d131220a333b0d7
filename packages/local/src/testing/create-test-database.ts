import { randomBytes } from "node:crypto";
import pg from "pg";
import type { QueryResultRow } from "pg";
// For its declaration of what the run provides.
import type {} from "./global-setup.ts";
import { databaseUrl, runOn, TEMPLATE } from "./test-server.ts";

export interface TestDatabase {
  name: string;
  /** Superuser and owner of the schema. */
  ownerUrl: string;
  /** Role holdpoint_worker. */
  workerUrl: string;
  /** Role holdpoint_web. */
  webUrl: string;
  /** Role holdpoint_rest, which only the Lite host uses. */
  restUrl: string;
  /** A pool as owner, for arranging and looking. */
  owner: pg.Pool;
  /** The rows of one statement, as owner. */
  query<Row extends QueryResultRow = QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Ends the pool, breaks what connections are left, and removes the database. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Another server than the run's own, from `startTestServer`. */
  adminUrl?: string;
  /** An empty database instead of a copy of the template: for tests of the migrations themselves. */
  empty?: boolean;
  /** Connections of the owner's pool; default 4. */
  poolSize?: number;
}

/** A fresh copy of the migrated template, about 50 ms. Call it in `beforeAll`, and `drop()` in `afterAll`. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const adminUrl = options.adminUrl ?? (await providedUrl());
  const name = `t_${randomBytes(6).toString("hex")}`;
  await runOn(adminUrl, `create database ${name} template ${options.empty ? "template0" : TEMPLATE}`);
  const ownerUrl = databaseUrl(adminUrl, name);
  const owner = new pg.Pool({ connectionString: ownerUrl, max: options.poolSize ?? 4, application_name: "test-owner" });
  // An idle connection that the server closes (a restart under test) is replaced at the next query.
  owner.on("error", () => undefined);
  return {
    name,
    ownerUrl,
    workerUrl: databaseUrl(adminUrl, name, "holdpoint_worker"),
    webUrl: databaseUrl(adminUrl, name, "holdpoint_web"),
    restUrl: databaseUrl(adminUrl, name, "holdpoint_rest"),
    owner,
    query: async <Row extends QueryResultRow>(sql: string, values?: unknown[]) =>
      (await owner.query<Row>(sql, values)).rows,
    drop: async () => {
      await owner.end();
      await runOn(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function providedUrl(): Promise<string> {
  const { inject } = await import("vitest");
  const url = inject("postgresAdminUrl");
  if (!url) throw new Error("no test server: add @holdpoint/local/testing/global-setup to vitest's globalSetup");
  return url;
}
