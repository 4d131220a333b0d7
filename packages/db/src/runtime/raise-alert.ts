import type { Queryable } from "../pool.ts";
import { json, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Records an alert and which channels it reached, and finishes its task, in one transaction. False: done before. */
export function raiseAlert(
  db: Queryable,
  caller: Caller,
  task: string,
  alert: { kind: string; title: string },
  delivered: { [channel: string]: string },
): Promise<boolean> {
  return scalar(db, "raise_alert", "select holdpoint.raise_alert($1, $2, $3, $4, $5, $6) as value", [
    caller.id,
    caller.key,
    task,
    alert.kind,
    alert.title,
    json(delivered),
  ]);
}
