import { readJobDetail } from "@holdpoint/db/people";
import { answerError } from "../../../../../server/http.ts";
import { operatorClient } from "../../../../../server/supabase.ts";

/** The plan that a decision would be for now: {state, plan_hash, now}. What a card asks while its stream is cut. */
export async function GET(_request: Request, { params }: RouteContext<"/api/jobs/[id]/plan">): Promise<Response> {
  try {
    const { job, now } = await readJobDetail(await operatorClient(), (await params).id);
    return Response.json(
      { state: job.state, plan_hash: job.plan_hash, now },
      { headers: { "cache-control": "no-store" } },
    );
  } catch (error) {
    return answerError(error);
  }
}
