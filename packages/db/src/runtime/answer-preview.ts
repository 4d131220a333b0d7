import type { Queryable } from "../pool.ts";
import { json, rows } from "./call.ts";
import type { Caller } from "./call.ts";

/** Answers a preview; it binds nothing. */
export async function answerPreview(db: Queryable, caller: Caller, id: string, answer: unknown): Promise<void> {
  await rows(db, "answer_preview", "select holdpoint.answer_preview($1, $2, $3, $4)", [
    caller.id,
    caller.key,
    id,
    json(answer),
  ]);
}
