import { z } from "zod";
import { checkpointSchema } from "../audit/checkpoint.ts";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { evidence } from "./evidence-shape.ts";
import { instant } from "./instant.ts";

export const auditStatus = z.object({
  /** The database's clock when this was read. */
  now: instant,
  /** The newest checkpoint; null before the first. */
  checkpoint: checkpointSchema.nullable(),
  /** Machines whose anchor file was complete up to a checkpoint, the one seen last first. */
  anchored: z.array(z.object({ host: z.string(), no: z.number(), seen_at: instant })),
  /** Evidence of the last whole `audit verify`; null: there was none. */
  verification: evidence.omit({ id: true, venture: true }).nullable(),
});
export type AuditStatus = z.output<typeof auditStatus>;

/** The newest checkpoint, its anchors and the last verification. Needs a role in the fleet. */
export function readAuditStatus(client: PeopleClient): Promise<AuditStatus> {
  return callRpc(client, "audit_status", {}, auditStatus);
}
