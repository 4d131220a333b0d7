import { z } from "zod";
import { bulkFilter } from "./bulk-shape.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const preview = z.object({
  /** Pass it to startBulk: only what was there then is decided. */
  as_of: z.string(),
  filter: bulkFilter,
  total: z.number(),
  groups: z.array(
    z.object({
      venture: z.string(),
      type: z.string(),
      class: z.string().nullable(),
      reason: z.string(),
      count: z.number(),
    }),
  ),
});
export type BulkPreview = z.output<typeof preview>;

/** What an operation would be about now, in groups. Changes nothing. */
export function previewBulk(client: PeopleClient, filter: z.input<typeof bulkFilter>): Promise<BulkPreview> {
  return callRpc(client, "preview_bulk", { p_request: { filter: parseInput(bulkFilter, filter) } }, preview);
}
