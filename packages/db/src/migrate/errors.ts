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
export class MigrationError extends Error {
  override readonly name = "MigrationError";
  readonly reason: MigrationReason;
  readonly code: "unavailable" | "conflict" | "refused";
  readonly file: string | undefined;
  readonly remedy: string | undefined;

  constructor(reason: MigrationReason, message: string, more: { file?: string; remedy?: string; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.reason = reason;
    this.code =
      reason === "migration_unreachable" ? "unavailable" : reason === "migration_running" ? "conflict" : "refused";
    this.file = more.file;
    this.remedy = more.remedy;
  }

  toJSON(): { code: string; reason: string; message: string; remedy?: string } {
    return { code: this.code, reason: this.reason, message: this.message, remedy: this.remedy };
  }
}
