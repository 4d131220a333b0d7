import { submitRequestSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import type { JobRequest } from "./submit-job.ts";

const asked = z.object({ id: z.string() });

/** Asks what admission would decide about this request. Nothing is submitted. Gives the id to read the answer with. */
export async function requestPreview(client: PeopleClient, request: JobRequest): Promise<string> {
  const { id } = await callRpc(
    client,
    "request_preview",
    { p_request: parseInput(submitRequestSchema, request) },
    asked,
  );
  return id;
}
