import { packText } from "@holdpoint/db/audit";
import { readJobProof } from "@holdpoint/db/people";
import { answerError } from "../../../../../server/http.ts";
import { operatorClient } from "../../../../../server/supabase.ts";

/** The proof pack of a job, as a file: what `holdpoint audit verify FILE` checks. */
export async function GET(_request: Request, { params }: RouteContext<"/api/jobs/[id]/proof">): Promise<Response> {
  try {
    const proof = await readJobProof(await operatorClient(), (await params).id);
    return new Response(packText(proof), {
      headers: {
        "content-type": "application/json; charset=utf-8",
        "content-disposition": `attachment; filename="proof-${proof.job.id}.json"`,
        "cache-control": "no-store",
      },
    });
  } catch (error) {
    return answerError(error);
  }
}
