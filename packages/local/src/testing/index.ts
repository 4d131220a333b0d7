export { createTestDatabase } from "./create-test-database.ts";
export type { TestDatabase, TestDatabaseOptions } from "./create-test-database.ts";
export { MIGRATIONS, startTestServer, TEST_PASSWORD } from "./test-server.ts";
export type { TestServer, TestServerOptions } from "./test-server.ts";
