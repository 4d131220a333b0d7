export { MigrationError } from "./errors.ts";
export type { MigrationReason } from "./errors.ts";
export { migrate } from "./migrate.ts";
export type { MigrateOptions, MigrateResult } from "./migrate.ts";
