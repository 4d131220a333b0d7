import "server-only";
import { listCaps, type Caps } from "@holdpoint/db/people";
import { cache } from "react";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

/** The caps that this operator may see, with what is committed under each in the period that runs. */
export const readCaps = cache((): Promise<Result<Caps>> => attempt(async () => listCaps(await operatorClient())));
