import { toHoldpointError } from "@holdpoint/db";
import { confirmStop, engageStop } from "@holdpoint/db/people";
import { text } from "../../../server/form.ts";
import { operatorClient } from "../../../server/supabase.ts";

/**
 * Engages a stop from a plain form and shows what becomes of it. The stop holds once engage_stop has committed; when
 * the confirmation fails or takes long, the janitor repeats it and the page says STOPPING.
 */
export async function POST(request: Request): Promise<Response> {
  const form = await request.formData();
  const client = await operatorClient();
  try {
    const { id } = await engageStop(client, { scope: "everything", key: "", reason: text(form, "reason") });
    await confirmStop(client, id).catch(() => undefined);
  } catch (error) {
    const { message } = toHoldpointError(error);
    return seeOther(`/stop?failed=${encodeURIComponent(message)}`);
  }
  return seeOther("/stop");
}

/** Relative, so that it holds behind any proxy. */
function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location } });
}
