import { setTimeout as delay } from "node:timers/promises";
import { createServer, connect, type Socket } from "node:net";

/** The stream speaks once a second; a page that is being read never pauses this long. */
const QUIET_MS = 300;

export interface Cuttable {
  url: string;
  /** Breaks every connection and refuses new ones, in a moment when nothing is on its way. */
  cut(): Promise<void>;
  restore(): void;
  close(): Promise<void>;
}

/** A cable between browser and server that a test can pull: a TCP proxy on a port of its own. */
export async function cuttable(target: string): Promise<Cuttable> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let whole = true;
  let lastByte = performance.now();
  const server = createServer((client) => {
    if (!whole) return client.destroy();
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", () => (lastByte = performance.now()));
    upstream.on("data", () => (lastByte = performance.now()));
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("no port");
  const cut = async () => {
    while (performance.now() - lastByte < QUIET_MS) await delay(20);
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    restore: () => {
      whole = true;
    },
    close: async () => {
      await cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
