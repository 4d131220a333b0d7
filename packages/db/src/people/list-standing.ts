import { z } from "zod";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { standing, type Standing } from "./standing-shape.ts";

/** Standing approvals, newest first; those that somebody has ended only when asked for. */
export function listStanding(client: PeopleClient, all = false): Promise<Standing[]> {
  return callRpc(client, "list_standing", { p_all: all }, z.array(standing));
}
