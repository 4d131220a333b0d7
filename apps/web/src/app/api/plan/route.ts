import { planJob } from "@holdpoint/db/people";
import { HoldpointError, submitRequestSchema, parseWith } from "@holdpoint/policy";
import { answerError } from "../../../server/http.ts";
import { operatorClient } from "../../../server/supabase.ts";

/** A payload has at most 256 kB; the rest of a request is small. */
const MAX_BYTES = 300_000;

/**
 * POST a job as submit_job() takes it: what admission would decide about it, by the same code on the same facts as it
 * decides by. Nothing is submitted, and the answer binds nothing. 503 not_running without a worker to ask.
 */
export async function POST(request: Request): Promise<Response> {
  try {
    const asked = parseWith(submitRequestSchema, await bodyOf(request), "bad_input");
    const answer = await planJob(await operatorClient(), asked);
    return Response.json(answer, { headers: { "cache-control": "no-store" } });
  } catch (error) {
    return answerError(error);
  }
}

async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text();
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new HoldpointError("invalid", "request_too_large", "The request is larger than 300 kB.");
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HoldpointError("invalid", "not_json", "The body must be a JSON object.", {
      remedy: 'Send e.g. {"type": "health_scan", "venture": "acme", "payload": {}}.',
      cause: error,
    });
  }
}
