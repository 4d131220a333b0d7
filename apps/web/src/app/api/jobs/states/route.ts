import { jobIdSchema } from "@holdpoint/policy";
import { readStates } from "../../../../features/jobs/queries.ts";
import { answerError } from "../../../../server/http.ts";

const MOST = 100;

/** GET ?ids=a,b: {items: [{id, state}]} as they are now, under the caller's own rights. */
export async function GET(request: Request): Promise<Response> {
  const asked = new URL(request.url).searchParams.get("ids") ?? "";
  const ids = asked
    .split(",")
    .filter((id) => jobIdSchema.safeParse(id).success)
    .slice(0, MOST);
  try {
    return Response.json(
      { items: ids.length === 0 ? [] : await readStates(ids) },
      { headers: { "cache-control": "no-store" } },
    );
  } catch (error) {
    return answerError(error);
  }
}
