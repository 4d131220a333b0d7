import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** How an outside API answers at the moment: at most so many calls (429 after that, with Retry-After), not at all, or well. */
export type Mood = { kind: "well" } | { kind: "down" } | { kind: "limits"; left: number; retryAfterS: number };

export interface MoodyCall {
  job: string;
  status: number;
}

export interface MoodyProvider {
  readonly url: string;
  /** Every call in the order in which it came, with what it was told. */
  readonly calls: readonly MoodyCall[];
  mood: Mood;
  close(): Promise<void>;
}

/** An outside API on this machine, as handlers meet it. GET /?job= answers by its mood. */
export async function startMoodyProvider(): Promise<MoodyProvider> {
  const calls: MoodyCall[] = [];
  const provider = { mood: { kind: "well" } as Mood };
  const server = createServer((request, response) => {
    const job = new URL(request.url ?? "/", "http://provider").searchParams.get("job") ?? "";
    const { mood } = provider;
    if (mood.kind === "limits" && mood.left-- <= 0) {
      response.statusCode = 429;
      response.setHeader("retry-after", String(mood.retryAfterS));
    } else if (mood.kind === "down") response.statusCode = 503;
    calls.push({ job, status: response.statusCode });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(provider, {
    url: `http://127.0.0.1:${port}/`,
    calls,
    close: () =>
      new Promise<void>((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error === undefined ? resolve() : reject(error)));
      }),
  });
}
