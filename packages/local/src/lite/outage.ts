import { createConnection } from "node:net";

const PROBE_MS = 500;

/**
 * Whether a 500 of Lite's means that the database is away. Lite answers a lost connection like a bug of its own, mostly
 * without a word, so where it says nothing we knock at the database's port ourselves.
 */
export async function isOutage(body: Buffer, databaseUrl: string): Promise<boolean> {
  const text = body.toString("utf8");
  if (/ECONNREFUSED|ECONNRESET|CONNECT_TIMEOUT|CONNECTION_(?:ENDED|CLOSED|DESTROYED)|57P0[123]/.test(text)) return true;
  return /Internal Server Error|SUP/.test(text) && !(await answersAt(databaseUrl));
}

async function answersAt(databaseUrl: string): Promise<boolean> {
  const { hostname, port } = new URL(databaseUrl);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection({ host: hostname, port: Number(port || 5432), timeout: PROBE_MS });
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  socket.once("timeout", () => resolve(false));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
