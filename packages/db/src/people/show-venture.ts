import { z } from "zod";
import { HoldpointError, ventureKeySchema } from "@holdpoint/policy";
import { answer, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { venture, ventureColumns, type Venture } from "./venture-shape.ts";

/** One venture. Throws not_found when there is none or this operator may not see it. */
export async function showVenture(client: PeopleClient, key: string): Promise<Venture> {
  const request = client.from("ventures").select(ventureColumns).eq("key", parseInput(ventureKeySchema, key)).limit(1);
  const [found] = await answer(request, z.array(venture), "ventures");
  if (found) return found;
  throw new HoldpointError("not_found", "unknown_venture", `There is no venture ${key} that you may see.`, {
    field: "venture",
    remedy: "`holdpoint venture list` shows the ones you may see.",
  });
}
