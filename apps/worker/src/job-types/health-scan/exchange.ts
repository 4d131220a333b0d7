import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect, isIP } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { CheckedAddress } from "../addresses.ts";

/** A certificate as it was seen. */
export interface SeenCertificate {
  trusted: boolean;
  /** Why it isn't trusted. */
  fault: string | null;
  subject: string;
  issuer: string;
  validTo: string;
}

export interface Exchange {
  address: string;
  connectMs: number;
  tlsMs: number | null;
  certificate: SeenCertificate | null;
  /** Null when the certificate is not trusted: then nothing is sent. */
  answer: { status: number; location: string | null; firstByteMs: number; body: string; cut: boolean } | null;
}

export interface ExchangeOptions {
  signal: AbortSignal;
  /** How much of the body to read, in bytes; 0: none. */
  bodyBytes: number;
  /** Certificates to trust beside the system's, as PEM. */
  ca?: string;
}

/**
 * One GET, without following redirects, over a connection to exactly this address: the name is not looked up again, so
 * that an answer that changes between check and use (DNS rebinding) changes nothing. Rejects with the system's error
 * when the connection fails and with the signal's reason when it fires.
 */
export async function exchange(url: URL, at: CheckedAddress, options: ExchangeOptions): Promise<Exchange> {
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const began = performance.now();
  const socket = connect({ host: at.address, family: at.family, port });
  const onAbort = (): void => void socket.destroy();
  options.signal.addEventListener("abort", onAbort, { once: true });
  try {
    await happens(socket, "connect", options.signal);
    const connectMs = since(began);
    if (!secure) {
      return {
        address: at.address,
        connectMs,
        tlsMs: null,
        certificate: null,
        answer: await ask(url, socket, options),
      };
    }
    const shaking = performance.now();
    const tls = connectTls({
      socket,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: false, // looked at below: an untrusted certificate is a finding, and ends the exchange
    });
    await happens(tls, "secureConnect", options.signal);
    const certificate = seen(tls);
    const tlsMs = since(shaking);
    const answer = certificate.trusted ? await ask(url, tls, options) : null;
    return { address: at.address, connectMs, tlsMs, certificate, answer };
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}

async function ask(url: URL, socket: Socket, options: ExchangeOptions): Promise<Exchange["answer"]> {
  const began = performance.now();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({
      method: "GET",
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        "user-agent": "holdpoint-health-scan/1",
        accept: "*/*",
        "accept-encoding": "identity",
        connection: "close",
      },
      createConnection: () => socket,
    });
    sent.once("response", resolve);
    sent.once("error", (error) => reject(reasonFor(error, options.signal)));
    sent.end();
  });
  const firstByteMs = since(began);
  const { body, cut } = await readBody(response, options);
  return { status: response.statusCode ?? 0, location: response.headers.location ?? null, firstByteMs, body, cut };
}

async function readBody(
  response: IncomingMessage,
  { bodyBytes, signal }: ExchangeOptions,
): Promise<{ body: string; cut: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (bodyBytes === 0) return { body: "", cut: false };
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, bodyBytes - bytes));
      bytes += chunk.length;
      if (bytes > bodyBytes) break;
    }
  } catch (error) {
    throw reasonFor(error, signal);
  }
  return { body: Buffer.concat(chunks).toString("utf8"), cut: bytes > bodyBytes };
}

function seen(socket: TLSSocket): SeenCertificate {
  const certificate = socket.getPeerCertificate();
  const { subject, issuer, valid_to: validTo } = certificate;
  const name = nameOf(subject?.CN, certificate.subjectaltname);
  return {
    trusted: socket.authorized,
    fault: socket.authorized ? null : faultOf(String(socket.authorizationError), name),
    subject: name,
    issuer: nameOf(issuer?.O ?? issuer?.CN, undefined),
    validTo: new Date(validTo).toISOString(),
  };
}

function faultOf(code: string, name: string): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "it has expired";
    case "CERT_NOT_YET_VALID":
      return "it is not valid yet";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `it is for another name (${name})`;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return "it is self-signed";
    default:
      return `no authority that is trusted here vouches for it (${code})`;
  }
}

function nameOf(name: string | string[] | undefined, other: string | undefined): string {
  return (Array.isArray(name) ? name.join(", ") : name) ?? other ?? "(unnamed)";
}

async function happens(socket: Socket, event: "connect" | "secureConnect", signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once(event, resolve);
    socket.once("error", (error) => reject(reasonFor(error, signal)));
    socket.once("close", () => reject(reasonFor(new Error("The connection was closed."), signal)));
    if (signal.aborted) reject(reasonFor(signal.reason, signal));
  });
}

function reasonFor(error: unknown, signal: AbortSignal): Error {
  const reason: unknown = signal.aborted ? signal.reason : error;
  return reason instanceof Error ? reason : new Error(String(reason));
}

function since(began: number): number {
  return Math.round(performance.now() - began);
}
