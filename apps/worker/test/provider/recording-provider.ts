import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordingProvider {
  readonly url: string;
  /** What happened at the provider: one entry for each time that it really did something. */
  readonly did: { key: string; id: string }[];
  /** How often it was asked to do something, repeated keys included. */
  readonly asked: string[];
  close(): Promise<void>;
}

/**
 * A small payment provider on this machine. POST /charges does it once per `Idempotency-Key` while it knows the key (with
 * `forgets`, or that in the query, never) and answers with the charge; GET /charges?key= answers whether it happened.
 */
export async function startProvider({ forgets = false } = {}): Promise<RecordingProvider> {
  const did: { key: string; id: string }[] = [];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://provider");
    const key = request.method === "POST" ? String(request.headers["idempotency-key"]) : url.searchParams.get("key");
    let charge = did.find((one) => one.key === key);
    if (request.method === "POST" && key !== null) {
      asked.push(key);
      if (charge === undefined || forgets || url.searchParams.has("forgets"))
        did.push((charge = { key, id: `ch_${did.length + 1}` }));
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ charge: charge ?? null }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/charges`,
    did,
    asked,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error === undefined ? resolve() : reject(error)));
      }),
  };
}
