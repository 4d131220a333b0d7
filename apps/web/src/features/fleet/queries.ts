import "server-only";
import { queueCounts, type QueueCount } from "@holdpoint/db/people";
import { cache } from "react";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

/** The nine queues in their fixed order, counted up to 10,000 each. */
export const readQueues = cache((): Promise<Result<QueueCount[]>> =>
  attempt(async () => queueCounts(await operatorClient())),
);
