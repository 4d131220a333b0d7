import { z } from "zod";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";
import { limit } from "./limit-shape.ts";

const limits = z.object({ now: instant, items: z.array(limit) });
export type Limits = z.output<typeof limits>;

/** The limits of the caller's ventures and of all job types, with what counts on them now. */
export function listLimits(client: PeopleClient): Promise<Limits> {
  return callRpc(client, "list_limits", {}, limits);
}
