/**
 * A TCP proxy between workers and PostgreSQL that can break connections at the worst moments.
 *
 * A server's reply to an autocommit statement ends with ReadyForQuery ('Z', length 5, status 'I' for idle), which is
 * sent after the commit (PostgreSQL protocol 3.0, message flow). Cutting just before that is forwarded leaves a client
 * that does not know whether its statement took effect, though it did.
 */
import { createServer, connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { once } from "node:events";

const READY_IDLE = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

export interface PostgresProxy {
  port: number;
  /** Breaks every connection at once. */
  cutAll(): void;
  /** The next `count` replies that follow a commit are withheld, and their connections broken. */
  cutAfterCommit(count: number): void;
  /** Holds every reply back for this long; 0 ends it. */
  delayReplies(ms: number): void;
  close(): Promise<void>;
}

export async function startPostgresProxy(targetPort: number): Promise<PostgresProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let cuts = 0;
  let delayMs = 0;

  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1");
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    let asked = false;
    client.on("data", (chunk) => {
      // A statement (Q or B/E/S of the extended protocol), not the start-up or the password.
      asked ||= chunk[0] === 0x51 || chunk[0] === 0x50 || chunk[0] === 0x42;
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (asked && cuts > 0 && chunk.subarray(-READY_IDLE.length).equals(READY_IDLE)) {
        cuts -= 1;
        end();
        return;
      }
      if (delayMs === 0) client.write(chunk);
      else setTimeout(() => client.writable && client.write(chunk), delayMs);
    });
    for (const socket of pair) {
      socket.on("error", end);
      socket.on("close", end);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cutAll = (): void => {
    for (const [client, upstream] of pairs) {
      client.destroy();
      upstream.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    cutAll,
    cutAfterCommit: (count) => void (cuts = count),
    delayReplies: (ms) => void (delayMs = ms),
    close: async () => {
      cutAll();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}
