import { answeredHash, readJobDetail } from "@holdpoint/db/people";
import { answerError } from "../../../../../server/http.ts";
import { operatorClient } from "../../../../../server/supabase.ts";

/** The plan, or the request of its run, that a decision would be for now: {state, plan_hash, now}. What a card asks while its stream is cut. */
export async function GET(_request: Request, { params }: RouteContext<"/api/jobs/[id]/plan">): Promise<Response> {
  try {
    const detail = await readJobDetail(await operatorClient(), (await params).id);
    return Response.json(
      { state: detail.job.state, plan_hash: answeredHash(detail), now: detail.now },
      { headers: { "cache-control": "no-store" } },
    );
  } catch (error) {
    return answerError(error);
  }
}
