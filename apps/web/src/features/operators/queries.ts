import "server-only";
import { listOperators, type Operator } from "@holdpoint/db/people";
import { cache } from "react";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

/** The operators: all of them for an admin of the fleet, else only oneself. */
export const readOperators = cache((): Promise<Result<Operator[]>> =>
  attempt(async () => listOperators(await operatorClient())),
);
