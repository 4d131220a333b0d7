import type { Queryable } from "../pool.ts";
import { json, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Finishes a task with its result and asks for one alert, in one transaction. False: it was done before. */
export function askAlert(
  db: Queryable,
  caller: Caller,
  task: string,
  alert: { kind: string; title: string },
  result: unknown,
): Promise<boolean> {
  return scalar(db, "ask_alert", "select holdpoint.ask_alert($1, $2, $3, $4, $5, $6) as value", [
    caller.id,
    caller.key,
    task,
    alert.kind,
    alert.title,
    json(result ?? {}),
  ]);
}
