import { z } from "zod";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

const confirmed = z.object({ id: z.string(), effective_at: instant });

/** Waits out the calls in flight. From the time it gives, nothing in scope claims, steps or acts outside. Safe to repeat. */
export async function confirmStop(client: PeopleClient, id: string): Promise<string> {
  return (await callRpc(client, "confirm_stop", { p_id: id }, confirmed)).effective_at;
}
