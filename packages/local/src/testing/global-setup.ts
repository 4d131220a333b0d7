import type { TestProject } from "vitest/node";
import { startTestServer } from "./test-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Superuser's URL of this run's PostgreSQL, database `postgres`. */
    postgresAdminUrl: string;
  }
}

/** vitest's globalSetup: one PostgreSQL 18 for the run, with the migrated template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer();
  project.provide("postgresAdminUrl", server.adminUrl);
  return () => server.close();
}
