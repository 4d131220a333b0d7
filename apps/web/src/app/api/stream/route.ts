import { openStream } from "../../../features/stream/open-stream.ts";
import { answerError } from "../../../server/http.ts";

export const dynamic = "force-dynamic";

/** The live stream as server-sent events, after Last-Event-ID or ?after=. */
export async function GET(request: Request): Promise<Response> {
  const after = request.headers.get("last-event-id") || new URL(request.url).searchParams.get("after");
  try {
    const body = await openStream(after, request.signal);
    return new Response(body, {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        // no-transform: nobody on the way may compress it, which would hold events back.
        "cache-control": "no-cache, no-store, no-transform",
        "x-accel-buffering": "no",
        // A stream that ends leaves no idle connection, which would hold a server that is stopping for its keep-alive.
        connection: "close",
      },
    });
  } catch (error) {
    return answerError(error);
  }
}
