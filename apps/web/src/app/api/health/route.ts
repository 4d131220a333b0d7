import { webEnvironment } from "../../../env.ts";
import { feedTailer } from "../../../server/feed.ts";
import { withDeadline } from "../../../server/deadline.ts";

export const dynamic = "force-dynamic";

type Check = "reachable" | "unreachable" | "missing_config";

/**
 * Whether this dashboard can do its work: {status, checks: {data_api, feed}}, 200 or 503. Open to everybody, so it says
 * nothing else: no addresses, no versions, no messages of the database.
 */
export async function GET(): Promise<Response> {
  const [data_api, feed] = await Promise.all([checkDataApi(), checkFeed()]);
  const healthy = data_api === "reachable" && feed === "reachable";
  const body = { status: healthy ? "ok" : "degraded", checks: { data_api, feed } };
  return Response.json(body, { status: healthy ? 200 : 503, headers: { "cache-control": "no-store" } });
}

async function checkDataApi(): Promise<Check> {
  const { config } = webEnvironment();
  if (!config) return "missing_config";
  try {
    const response = await withDeadline(`${config.supabaseUrl}/auth/v1/health`, {
      headers: { apikey: config.anonKey },
    });
    return response.ok ? "reachable" : "unreachable";
  } catch {
    return "unreachable";
  }
}

/** The feed's head is read from PostgreSQL itself. */
async function checkFeed(): Promise<Check> {
  const tailer = feedTailer();
  if (!tailer) return "missing_config";
  try {
    await tailer.head();
    return "reachable";
  } catch {
    return "unreachable";
  }
}
