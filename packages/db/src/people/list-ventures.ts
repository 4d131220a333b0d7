import { z } from "zod";
import { answer } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { venture, ventureColumns, type Venture } from "./venture-shape.ts";

/** The ventures this operator may see, by key. */
export function listVentures(client: PeopleClient): Promise<Venture[]> {
  return answer(client.from("ventures").select(ventureColumns).order("key").limit(1000), z.array(venture), "ventures");
}
