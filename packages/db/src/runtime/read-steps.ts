import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export interface KeptStep extends Row {
  name: string;
  result: unknown;
}

/** The steps that earlier runs of the job kept. */
export function readSteps(db: Queryable, caller: Caller, jobId: string, token: string): Promise<KeptStep[]> {
  return rows(db, "read_steps", "select name, result from holdpoint.read_steps($1, $2, $3, $4)", [
    caller.id,
    caller.key,
    jobId,
    token,
  ]);
}
