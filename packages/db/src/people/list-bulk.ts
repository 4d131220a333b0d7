import { z } from "zod";
import { bulkOperation } from "./bulk-shape.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const listed = bulkOperation.extend({
  /** Of one operation that was asked for: the first 100 jobs that were refused or skipped. */
  not_done: z.array(z.object({ job_id: z.string(), state: z.string(), detail: z.string().nullable() })),
});
export type ListedBulk = z.output<typeof listed>;

/** Operations on many jobs, latest first; or one by its id. */
export function listBulk(client: PeopleClient, id: string | null = null): Promise<ListedBulk[]> {
  const operation = id === null ? null : parseInput(z.guid("must be a UUID"), id);
  return callRpc(client, "list_bulk", { p_operation: operation }, z.array(listed));
}
