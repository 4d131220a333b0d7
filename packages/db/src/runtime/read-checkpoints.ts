import type { Checkpoint } from "../audit/checkpoint.ts";
import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller } from "./call.ts";

/** Checkpoints after a number, in order. */
export function readCheckpoints(db: Queryable, caller: Caller, after: number, limit: number): Promise<Checkpoint[]> {
  return rows(
    db,
    "read_checkpoints",
    "select no::int, epoch, up_to, streams, sealed_at::float8, root, hash from holdpoint.read_checkpoints($1, $2, $3, $4)",
    [caller.id, caller.key, after, limit],
  );
}
