import { HoldpointError } from "@holdpoint/policy";

export type MigrationReason =
  | "migration_running"
  | "migration_missing"
  | "migration_edited"
  | "migration_out_of_order"
  | "migration_duplicate"
  | "migration_commits"
  | "migration_failed"
  | "migrations_not_found"
  | "migration_unreachable";

/** Why the database could not be brought to the newest schema. Nothing of the file named in it was kept. */
export class MigrationError extends HoldpointError {
  override readonly name = "MigrationError";
  readonly file: string | undefined;

  constructor(
    reason: MigrationReason,
    message: string,
    more: { file?: string; remedy?: string; cause?: unknown } = {},
  ) {
    super(codeOf(reason), reason, message, { remedy: more.remedy, cause: more.cause });
    this.file = more.file;
  }
}

function codeOf(reason: MigrationReason): "unavailable" | "conflict" | "refused" {
  if (reason === "migration_unreachable") return "unavailable";
  return reason === "migration_running" ? "conflict" : "refused";
}
