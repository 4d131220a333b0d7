import { createServer } from "node:http";

export interface LosingProxy {
  url: string;
  /** The next so many answers to the path are lost: the call is made, the connection breaks. */
  loseNext(count: number): void;
  close(): Promise<void>;
}

/** An HTTP proxy that passes everything on, and loses the answers to one path when told to. */
export async function startLosingProxy(target: string, path: string, first: number): Promise<LosingProxy> {
  let left = first;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => void pass(Buffer.concat(chunks)));
    async function pass(body: Buffer): Promise<void> {
      const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
      const answer = await fetch(new URL(request.url ?? "/", target), {
        method: request.method,
        headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
        ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
      });
      const text = await answer.text();
      if (request.url === path && left > 0) {
        left -= 1;
        request.socket.destroy();
        return;
      }
      response
        .writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" })
        .end(text);
    }
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => resolve());
  await listening;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    loseNext: (count) => void (left = count),
    async close() {
      server.closeAllConnections();
      const { promise, resolve: closed } = Promise.withResolvers<void>();
      server.close(() => closed());
      await promise;
    },
  };
}
