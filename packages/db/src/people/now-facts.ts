import { z } from "zod";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";

export const nowFacts = z.looseObject({});
export type NowFacts = z.output<typeof nowFacts>;

/** The facts of the Now page in one read. */
export function readNowFacts(client: PeopleClient): Promise<NowFacts> {
  return callRpc(client, "now_facts", {}, nowFacts);
}
