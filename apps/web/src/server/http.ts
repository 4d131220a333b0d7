import "server-only";
import { toHoldpointError } from "@holdpoint/db";
import { HTTP_STATUS } from "@holdpoint/policy";

/** An error as the HTTP API answers it: {error: {code, reason, message, …}} with the code's status. */
export function answerError(error: unknown): Response {
  const json = toHoldpointError(error).toJSON();
  return Response.json({ error: json }, { status: HTTP_STATUS[json.code], headers: { "cache-control": "no-store" } });
}
