import { randomBytes } from "node:crypto";
import { serveLite } from "../lite/server.ts";
import type { TestDatabase } from "./create-test-database.ts";

export interface TestLite {
  url: string;
  anonKey: string;
  /** For tests that forge tokens. */
  jwtSecret: string;
  /** After DDL in a test. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** The local stack's REST and auth server in this process, on a free port, as role holdpoint_rest. */
export async function startTestLite(
  db: Pick<TestDatabase, "restUrl">,
  options: { deadlineMs?: number } = {},
): Promise<TestLite> {
  const jwtSecret = randomBytes(32).toString("base64url");
  const anonKey = `sb_publishable_${randomBytes(16).toString("hex")}`;
  const server = await serveLite({
    databaseUrl: db.restUrl,
    jwtSecret,
    anonKey,
    port: 0,
    siteUrl: "http://127.0.0.1:3000",
    poolSize: 4,
    ...options,
  });
  return { url: server.url, anonKey, jwtSecret, reload: server.reload, close: server.close };
}
