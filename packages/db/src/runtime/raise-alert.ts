import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller } from "./call.ts";

/** Records what an operator must hear of; one alert per task, however often it is raised. */
export async function raiseAlert(
  db: Queryable,
  caller: Caller,
  task: string,
  kind: string,
  title: string,
): Promise<void> {
  await rows(db, "raise_alert", "select holdpoint.raise_alert($1, $2, $3, $4, $5)", [
    caller.id,
    caller.key,
    task,
    kind,
    title,
  ]);
}
