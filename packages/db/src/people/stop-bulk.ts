import { z } from "zod";
import { bulkOperation, type BulkOperation } from "./bulk-shape.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

/** Stops an operation: what is decided stays decided, the rest is left alone. */
export function stopBulk(client: PeopleClient, id: string): Promise<BulkOperation> {
  return callRpc(client, "stop_bulk", { p_operation: parseInput(z.guid("must be a UUID"), id) }, bulkOperation);
}
