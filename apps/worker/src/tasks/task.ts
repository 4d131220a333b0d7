import type { TaskRow } from "@holdpoint/db/runtime";
import type { PolicyReader } from "../duties/admission/active-policy.ts";
import type { Log } from "../log.ts";
import type { Access } from "../runtime/databases.ts";

export interface TaskTools {
  readonly access: Access;
  readonly artifactsDir: string;
  readonly policies: PolicyReader;
  readonly log: Log;
}

/**
 * Carries out one task and marks it done in the same call to the database. Delivered again it does no harm: what it
 * does outside is repeatable, and only the first call that marks it done has any effect.
 */
export type TaskConsumer = (task: TaskRow, tools: TaskTools) => Promise<void>;

/** A word of the task's subject, for a sentence. */
export function word(task: TaskRow, name: string, otherwise: string): string {
  const value = task.subject[name];
  return typeof value === "string" && value !== "" ? value : otherwise;
}
