import { z } from "zod";
import { callRpc } from "./call.ts";
import { cap } from "./cap-shape.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

const caps = z.object({ now: instant, time_zone: z.string(), items: z.array(cap) });
export type Caps = z.output<typeof caps>;

/** The caps of the caller's ventures (of the fleet for its members), with what is committed in the period that runs. */
export function listCaps(client: PeopleClient): Promise<Caps> {
  return callRpc(client, "list_caps", {}, caps);
}
