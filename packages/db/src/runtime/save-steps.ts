import type { Queryable } from "../pool.ts";
import { jsonArray, rows } from "./call.ts";
import type { Caller } from "./call.ts";

export interface StepResult {
  name: string;
  result: unknown;
  startedAt: Date;
}

/** Keeps results of steps. PT409 when the token is not current or its lease has run out: nothing was kept. */
export async function saveSteps(
  db: Queryable,
  caller: Caller,
  jobId: string,
  token: string,
  steps: readonly StepResult[],
): Promise<void> {
  await rows(db, "save_steps", "select holdpoint.save_steps($1, $2, $3, $4, $5, $6, $7)", [
    caller.id,
    caller.key,
    jobId,
    token,
    steps.map((step) => step.name),
    jsonArray(steps.map((step) => step.result)),
    steps.map((step) => step.startedAt.toISOString()),
  ]);
}
