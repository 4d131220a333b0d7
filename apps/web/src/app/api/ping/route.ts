export const dynamic = "force-dynamic";

/** Whether this server can be reached: nothing in it, and nothing asked for it. */
export function GET(): Response {
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
}
