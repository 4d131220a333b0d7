export { createTestDatabase } from "./create-test-database.ts";
export type { TestDatabase, TestDatabaseOptions } from "./create-test-database.ts";
export { MIGRATIONS, startTestServer, TEST_PASSWORD } from "./test-server.ts";
export type { TestServer, TestServerOptions } from "./test-server.ts";
export { anonymous, createOperator, createStranger, signIn } from "./create-operator.ts";
export type { TestOperator } from "./create-operator.ts";
export { startTestLite } from "./start-test-lite.ts";
export type { TestLite } from "./start-test-lite.ts";
