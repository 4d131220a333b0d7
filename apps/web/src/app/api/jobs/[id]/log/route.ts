import { z } from "zod";
import { readLog } from "../../../../../features/jobs/queries.ts";
import { answerError } from "../../../../../server/http.ts";
import { HoldpointError } from "@holdpoint/policy";

const query = z.object({ run: z.coerce.number().int().min(1), after: z.coerce.number().int().min(-1).default(-1) });

/** GET ?run=1&after=7: {chunks, done}: a run's output after a chunk, under the caller's own rights. */
export async function GET(request: Request, { params }: RouteContext<"/api/jobs/[id]/log">): Promise<Response> {
  try {
    const asked = query.safeParse(Object.fromEntries(new URL(request.url).searchParams));
    if (!asked.success) throw new HoldpointError("invalid", "bad_query", "Give run and after as whole numbers.");
    const page = await readLog((await params).id, asked.data.run, asked.data.after);
    return Response.json(page, { headers: { "cache-control": "no-store" } });
  } catch (error) {
    return answerError(error);
  }
}
