/** Real servers on the loopback; the only thing set from outside is the time of the run. */
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server as TcpServer } from "node:net";
import { RunAborted } from "@holdpoint/sdk";
import { runJob } from "@holdpoint/sdk/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { selfSigned } from "../testing/certificate.ts";
import { exchange } from "./exchange.ts";
import { FINDING_LIFETIME_MS, makeHealthScan } from "./health-scan.ts";

const inTenDays = new Date(Date.now() + 10 * 86_400_000 + 3_600_000);
const good = selfSigned({ names: ["localhost"], addresses: ["127.0.0.1"], notAfter: inTenDays });
const expired = selfSigned({ names: ["localhost"], addresses: ["127.0.0.1"], notAfter: new Date("2024-01-01") });
const other = selfSigned({ names: ["other.example"], notAfter: inTenDays });
const ca = [good.cert, expired.cert, other.cert].join("");
const scan = makeHealthScan({ ca });
const venture = { allowPrivateAddresses: true };

const servers: (Server | TcpServer)[] = [];
const seen: { url: string; host: string | undefined }[] = [];
let http: string;
let https: string;
let silent: string;

async function listen(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const pages: RequestListener = (request, response) => {
  seen.push({ url: request.url ?? "", host: request.headers.host });
  const to = (status: number, location: string): void => void response.writeHead(status, { location }).end();
  switch (request.url) {
    case "/":
      return void response.end("<h1>Welcome</h1> für alle");
    case "/moved":
      return to(302, "/");
    case "/permanently":
      return to(308, "moved");
    case "/loop":
      return to(301, "/loop");
    case "/metadata":
      return to(302, "http://169.254.169.254/latest/meta-data/");
    case "/file":
      return to(302, "file:///etc/passwd");
    case "/secrets":
      return to(302, "http://user:secret@127.0.0.1/");
    case "/plain":
      return to(302, http);
    case "/cut":
      return void request.socket.destroy();
    case "/large":
      return void response.end(`${"x".repeat(1_100_000)}needle`);
    case "/broken":
      return void response.writeHead(500).end("no");
    default:
      return void response.writeHead(404).end("no such page");
  }
};

beforeAll(async () => {
  http = `http://127.0.0.1:${await listen(createServer(pages))}/`;
  https = `https://localhost:${await listen(createSecureServer(good, pages))}/`;
  silent = `http://127.0.0.1:${await listen(createTcpServer(() => undefined))}/`;
});
afterAll(() => {
  for (const server of servers) {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  }
});

const look = async (url: string, payload: { text?: string; timeoutMs?: number; certificateDays?: number } = {}) => {
  const run = await runJob(scan, { payload: { urls: [url], ...payload }, venture, now: () => new Date() });
  return {
    run,
    http: run.evidence.find((item) => item.kind === "http"),
    tls: run.evidence.find((item) => item.kind === "tls"),
  };
};

describe("a page that is well", () => {
  test("over http: status, times, address, as evidence with a lifetime", async () => {
    const { run, http: found } = await look(http, { text: "für alle" });
    expect(run.result).toMatchObject({ outcome: "succeeded", result: { ok: true, looked: 1, failing: 0 } });
    expect(found).toMatchObject({
      subject: http,
      ok: true,
      finding: expect.stringMatching(/^HTTP 200 in \d+ ms, text found\.$/),
    });
    expect(found?.facts).toMatchObject({
      status: 200,
      address: "127.0.0.1",
      redirects: [],
      connectMs: expect.any(Number),
    });
    expect(Number(found?.staleAt) - Number(found?.seenAt)).toBeLessThanOrEqual(FINDING_LIFETIME_MS);
    expect(run.logText).toMatch(/^ok {3}http/);
  });

  test("over https: the certificate and when it ends", async () => {
    const { http: page, tls } = await look(https);
    expect(page).toMatchObject({ ok: true });
    expect(tls).toMatchObject({ ok: true, finding: expect.stringMatching(/in 10 days\.$/) });
    expect(tls?.facts).toMatchObject({ trusted: true, subject: "localhost", daysLeft: 10 });
  });

  test("after redirects, each noted", async () => {
    const { http: found } = await look(new URL("permanently", http).href);
    expect(found).toMatchObject({ ok: true, facts: { redirects: [{ status: 308 }, { status: 302, to: http }] } });
  });

  test("the venture's own URL when the payload names none", async () => {
    const run = await runJob(scan, { payload: {}, venture: { ...venture, url: http } });
    expect(run.refs).toEqual({ urls: [http] });
    expect(run.result).toMatchObject({ outcome: "succeeded" });
  });
});

describe("a page that is not well is a finding of a run that succeeded", () => {
  test.each([
    ["nothing", /HTTP 404/],
    ["broken", /HTTP 500/],
    ["loop", /More than 5 redirects/],
    ["metadata", /redirect is not followed: 169\.254\.169\.254 is an address that is nobody's site/],
    ["file", /not an http or https URL/],
    ["secrets", /must not carry a user name/],
    ["cut", /No answer: socket hang up/],
  ])("/%s", async (path, finding) => {
    const { run, http: found } = await look(new URL(path, http).href);
    expect(run.result).toMatchObject({ outcome: "succeeded", result: { ok: false, failing: 1 } });
    expect(found).toMatchObject({ ok: false, finding: expect.stringMatching(finding) });
  });

  test("a text that is missing, or lies behind the first MiB", async () => {
    expect((await look(http, { text: "Goodbye" })).http?.finding).toBe('The text "Goodbye" is not on the page.');
    const large = await look(new URL("large", http).href, { text: "needle" });
    expect(large.http?.finding).toBe('The text "needle" is not on the first MiB of the page.');
  });

  test("a server that does not answer in time, and one that is not there", async () => {
    expect((await look(silent, { timeoutMs: 200 })).http?.finding).toBe("No answer within 200 ms.");
    expect((await look("http://127.0.0.1:1/")).http?.finding).toMatch(/ECONNREFUSED/);
  });

  test("from https to http", async () => {
    expect((await look(new URL("plain", https).href)).http?.finding).toMatch(/from https to http:.* not encrypted/);
  });

  test("a certificate that ends soon: the page is well, the certificate is not", async () => {
    const { run, http: page, tls } = await look(https, { certificateDays: 30 });
    expect(page?.ok).toBe(true);
    expect(tls).toMatchObject({ ok: false, finding: expect.stringMatching(/in 10 days: renew it\.$/) });
    expect(run.result).toMatchObject({ result: { ok: false } });
  });

  test.each([
    ["that has ended", expired, /it has expired/],
    ["for another name", other, /another name \(other\.example\)/],
    ["of nobody", selfSigned({ names: ["localhost"], notAfter: inTenDays }), /it is self-signed/],
  ])("a certificate %s: nothing is sent", async (_what, certificate, fault) => {
    const port = await listen(createSecureServer(certificate, pages));
    const before = seen.length;
    const { http: page, tls } = await look(`https://localhost:${port}/`);
    expect(page).toMatchObject({ ok: false, finding: expect.stringMatching(fault) });
    expect(tls).toMatchObject({ ok: false, facts: { trusted: false } });
    expect(seen.length).toBe(before);
  });
});

describe("what it refuses", () => {
  test("a private address that the venture does not allow: bad_input, nothing connected, no evidence", async () => {
    const before = seen.length;
    const run = await runJob(scan, { payload: { urls: [http, https] } });
    expect(run.result).toMatchObject({
      outcome: "failed",
      errorClass: "bad_input",
      message: expect.stringMatching(/private/),
    });
    expect(run.evidence).toEqual([]);
    expect(seen.length).toBe(before);
  });

  test.each([
    [{ urls: ["ftp://example.org"] }, "url_invalid"],
    [{ urls: ["http://u:p@example.org"] }, "url_credentials"],
    [{}, "missing_config"],
  ])("%o before admission", async (payload, reason) => {
    await expect(runJob(scan, { payload })).rejects.toMatchObject({ reason });
  });

  test("a name that is looked up twice: it connects to the address that was checked", async () => {
    const url = new URL(http);
    url.hostname = "rebinding.invalid"; // has no address at all
    const signal = new AbortController().signal;
    const seenIt = await exchange(url, { address: "127.0.0.1", family: 4 }, { signal, bodyBytes: 100 });
    expect(seenIt.answer).toMatchObject({ status: 200 });
    expect(seen.at(-1)?.host).toBe(url.host);
  });
});

test("a cancel ends a look that hangs", async () => {
  const cancel = new AbortController();
  const running = runJob(scan, { payload: { urls: [silent] }, venture, signal: cancel.signal });
  cancel.abort(new RunAborted("canceled"));
  expect((await running).result).toEqual({ outcome: "canceled" });
});

test("after a crash the looks that were kept are not taken again", async () => {
  const urls = [http, new URL("nothing", http).href];
  const first = await runJob(scan, { payload: { urls }, venture, crashAfter: "check 1" });
  const second = await first.resume();
  expect(second.result).toMatchObject({ outcome: "succeeded", result: { looked: 2, failing: 1 } });
  expect(second.steps.find((step) => step.name === "check 1")?.reused).toBe(true);
  expect(second.evidence).toHaveLength(2);
});
