import type { Queryable } from "../pool.ts";
import { plainArray, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export type LogStream = "log" | "stdout" | "stderr" | "cut";

export interface LogChunk {
  jobId: string;
  token: string;
  /** From 1 in each run; repeating a chunk number changes nothing. */
  chunkNo: number;
  stream: LogStream;
  /** At most 64 kB in UTF-8, without NUL. */
  text: string;
}

/** Writes chunks of output. Answers how many were new under a current token. */
export function writeLogs(db: Queryable, caller: Caller, chunks: readonly LogChunk[]): Promise<number> {
  return scalar(db, "write_logs", "select holdpoint.write_logs($1, $2, $3, $4, $5, $6, $7) as value", [
    caller.id,
    caller.key,
    plainArray(chunks.map((chunk) => chunk.jobId)),
    plainArray(chunks.map((chunk) => chunk.token)),
    plainArray(chunks.map((chunk) => chunk.chunkNo)),
    plainArray(chunks.map((chunk) => chunk.stream)),
    chunks.map((chunk) => chunk.text),
  ]);
}
