import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { App } from "@supabase/lite";
import type { PostgresConnection } from "@supabase/lite/postgres";
import pLimit, { type LimitFunction } from "p-limit";
import { isAllowed, isPasswordCheck, isTokenRefresh } from "./allow-list.ts";
import { openConnection } from "./connection.ts";
import { isOutage } from "./outage.ts";
import { SignInLimiter } from "./sign-in-limiter.ts";

export interface LiteConfig {
  /** Login `holdpoint_rest`, a direct connection. */
  databaseUrl: string;
  jwtSecret: string;
  anonKey: string;
  /** 0 takes any free port of 127.0.0.1. */
  port: number;
  /** The dashboard's address. */
  siteUrl: string;
  /** Default 10,000. */
  deadlineMs?: number;
  /** Connections to the database; default 8. */
  poolSize?: number;
}

export interface LiteServer {
  port: number;
  url: string;
  /** After a migration: tables and functions are looked up anew. */
  reload(): Promise<void>;
  /** Takes no new request, ends the open ones and the database connections. */
  close(): Promise<void>;
}

const CLOSE_MS = 3000;
const MAX_BODY = 4 * 1024 * 1024;
const ANSWER_HEADERS = { "content-type": "application/json", "cache-control": "no-store" };

/**
 * Supabase's REST and auth interface for our own programs on this machine: only the allowed paths, no browser (a
 * request with an Origin is refused), no secret key, a limit on sign-ins and a deadline on each request.
 */
export async function serveLite(config: LiteConfig): Promise<LiteServer> {
  const connection = openConnection(config.databaseUrl, { max: config.poolSize ?? 8 });
  const app = createApp(connection, config);
  await app.init();
  const limiter = new SignInLimiter();
  // Lite rotates a token in several statements without a lock: two at once (commands side by side, a page's parallel
  // requests) would each make a successor, and both sessions would end as "already used". In turn, the second gets
  // the first one's successor, as from hosted Supabase, which locks the row.
  const refreshInTurn = pLimit(1);
  const deadlineMs = config.deadlineMs ?? 10_000;
  const parts: Parts = { app, limiter, refreshInTurn, deadlineMs, databaseUrl: config.databaseUrl };
  const server = createServer((request, response) => {
    void answer(parts, request, response);
  });
  server.requestTimeout = deadlineMs;
  const port = await listen(server, config.port);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    reload: () => connection.clearSchemaCache(),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      // With the database gone it may never settle, and nothing waits for what it would finish.
      await withDeadline(connection.close(), CLOSE_MS);
    },
  };
}

type LiteApp = ReturnType<typeof createApp>;

function createApp(connection: PostgresConnection, config: LiteConfig) {
  return new App({
    connection,
    api: { enabled: true, schemas: ["public"], extra_search_path: ["public"], max_rows: 1000 },
    auth: {
      enabled: true,
      site_url: config.siteUrl,
      enable_signup: false,
      jwt_secret: config.jwtSecret,
      jwt_expiry: 600,
      publishable_key: config.anonKey,
      minimum_password_length: 12,
      enable_refresh_token_rotation: true,
      refresh_token_reuse_interval: 10,
      sessions: { timebox: "720h", inactivity_timeout: "168h" },
      email: { enable_signup: false, enable_confirmations: false },
    },
    storage: { enabled: false },
    studio: { enabled: false },
    realtime: { enabled: false },
    options: {
      server: { admin: false, disableStudio: true, disableFallback: true },
      drivers: { email: { send: () => Promise.resolve() } },
    },
  });
}

interface Parts {
  app: LiteApp;
  limiter: SignInLimiter;
  refreshInTurn: LimitFunction;
  deadlineMs: number;
  databaseUrl: string;
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { app, limiter, refreshInTurn, deadlineMs, databaseUrl } = parts;
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const method = request.method ?? "GET";
  if (!isAllowed(method, url) || request.headers.origin !== undefined) {
    return refuse(response, 404, "not_found", "unknown_path", "There is nothing at this address.");
  }
  try {
    const body = await readBody(request);
    if (body === null) return refuse(response, 413, "invalid", "body_too_large", "The request is larger than 4 MB.");
    const email = isPasswordCheck(method, url) ? emailOf(body) : undefined;
    const wait = email === undefined ? 0 : limiter.take(email);
    if (wait > 0) {
      response.setHeader("retry-after", Math.ceil(wait / 1000));
      return refuse(response, 429, "refused", "too_many_sign_ins", "Too many sign-ins were tried; wait a little.");
    }
    const work = () => forward(app, request, url, body);
    const result = await withDeadline(isTokenRefresh(method, url) ? refreshInTurn(work) : work(), deadlineMs);
    if (result === null) {
      return refuse(response, 503, "unavailable", "rest_deadline", "The database did not answer in time.");
    }
    if (result.status === 500 && (await isOutage(result.body, databaseUrl))) {
      return refuse(response, 503, "unavailable", "database_down", "The database cannot be reached.");
    }
    if (result.status === 200 && typeof email === "string") limiter.succeeded(email);
    response.writeHead(result.status, Object.fromEntries(result.headers));
    response.end(result.body);
  } catch (error) {
    // What went wrong goes to the log, which is redacted; the caller learns only that it did.
    process.stderr.write(`request failed: ${error instanceof Error ? error.message : "unknown"}\n`);
    refuse(response, 503, "unavailable", "rest_unavailable", "The database cannot be reached.");
  }
}

interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
}

async function forward(app: LiteApp, request: IncomingMessage, url: URL, body: Buffer): Promise<Answer> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const method = request.method ?? "GET";
  const result = await app.fetch(
    new Request(url, {
      method,
      headers,
      ...(body.length > 0 && method !== "GET" && method !== "HEAD" ? { body } : {}),
    }),
    { peerAddress: request.socket.remoteAddress ?? null },
  );
  return { status: result.status, headers: result.headers, body: Buffer.from(await result.arrayBuffer()) };
}

/** Null when it took longer. The work goes on until the database's own timeout ends it. */
async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The e-mail of a sign-in; null when there is none, which is counted under the global limit only. */
function emailOf(body: Buffer): string | null {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (value !== null && typeof value === "object" && "email" in value && typeof value.email === "string") {
      return value.email.trim().toLowerCase().slice(0, 254);
    }
    return null;
  } catch {
    return null;
  }
}

function refuse(response: ServerResponse, status: number, code: string, reason: string, message: string): void {
  if (response.headersSent) return void response.end();
  const detail = JSON.stringify({ code, reason, message });
  // supabase-js reads code and message, PostgREST callers details; auth callers error_code and msg.
  const body = { code: `PT${status}`, error_code: reason, message, msg: message, details: detail, hint: null };
  response.writeHead(status, ANSWER_HEADERS).end(JSON.stringify(body));
}

async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", () => {
    const address = server.address();
    resolve(typeof address === "object" && address !== null ? address.port : port);
  });
  return await promise;
}
