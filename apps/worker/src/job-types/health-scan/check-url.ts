import { BadInputError } from "@holdpoint/sdk";
import { checkedAddresses } from "../addresses.ts";
import { exchange } from "./exchange.ts";
import type { Exchange, SeenCertificate } from "./exchange.ts";

export interface UrlQuestion {
  url: string;
  text: string | null;
  timeoutMs: number;
  maxRedirects: number;
  certificateDays: number;
  allowPrivate: boolean;
  signal: AbortSignal;
  now: Date;
  ca?: string;
}

export interface Redirect {
  status: number;
  to: string;
}

/** Everything that was seen of one URL. Times in milliseconds. */
export interface UrlReport {
  url: string;
  at: string;
  ok: boolean;
  /** One sentence: the first thing that is wrong, or what was found. */
  finding: string;
  /** The part that failed: `network` failures may be this machine's own. */
  failed: "refused" | "dns" | "network" | "tls" | "redirect" | "status" | "text" | "timeout" | null;
  status: number | null;
  latencyMs: number | null;
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  firstByteMs: number | null;
  address: string | null;
  redirects: Redirect[];
  certificate: (SeenCertificate & { daysLeft: number; ok: boolean; finding: string }) | null;
  text: { wanted: string; found: boolean } | null;
}

const BODY_BYTES = 1024 * 1024;
const DAY_MS = 86_400_000;

/**
 * Looks at one URL as a visitor would, following redirects, each only after its own address was checked. Whatever is
 * wrong with the site is a finding, not an error; rejects only when the run's own signal fires.
 */
export async function checkUrl(question: UrlQuestion): Promise<UrlReport> {
  const report = emptyReport(question);
  const tooLong = AbortSignal.timeout(question.timeoutMs);
  const signal = AbortSignal.any([question.signal, tooLong]);
  const began = performance.now();
  try {
    await follow(question, signal, report);
  } catch (error) {
    question.signal.throwIfAborted();
    if (tooLong.aborted) fail(report, "timeout", `No answer within ${question.timeoutMs} ms.`);
    else explain(report, error);
  }
  report.latencyMs = Math.round(performance.now() - began);
  if (report.failed === null) {
    report.ok = true;
    report.finding = `HTTP ${report.status} in ${report.latencyMs} ms${report.text === null ? "" : ", text found"}.`;
  }
  return report;
}

async function follow(question: UrlQuestion, signal: AbortSignal, report: UrlReport): Promise<void> {
  let url = parseHttpUrl(question.url);
  for (;;) {
    const seen = await look(url, question, signal, report);
    if (seen.answer === null) return fail(report, "tls", `The certificate is not trusted: ${seen.certificate?.fault}.`);
    const { status, location } = seen.answer;
    report.status = status;
    report.firstByteMs = seen.answer.firstByteMs;
    if (!isRedirect(status) || location === null) return judge(question, seen.answer, report);
    if (report.redirects.length >= question.maxRedirects) {
      return fail(report, "redirect", `More than ${question.maxRedirects} redirects.`);
    }
    const next = parseHttpUrl(URL.canParse(location, url.href) ? new URL(location, url.href).href : location);
    report.redirects.push({ status, to: next.href });
    if (url.protocol === "https:" && next.protocol === "http:") {
      return fail(report, "redirect", `It redirects from https to ${next.href}, which is not encrypted.`);
    }
    url = next;
  }
}

async function look(url: URL, question: UrlQuestion, signal: AbortSignal, report: UrlReport): Promise<Exchange> {
  const began = performance.now();
  const addresses = await abortable(checkedAddresses(url.hostname, question.allowPrivate), signal);
  report.dnsMs = Math.round(performance.now() - began);
  const bodyBytes = question.text === null ? 0 : BODY_BYTES;
  const seen = await firstThatConnects(addresses, (address) =>
    exchange(url, address, { signal, bodyBytes, ca: question.ca }),
  );
  report.address = seen.address;
  report.connectMs = seen.connectMs;
  report.tlsMs = seen.tlsMs;
  if (seen.certificate !== null) report.certificate = judgeCertificate(seen.certificate, question);
  return seen;
}

async function firstThatConnects<A, T>(addresses: readonly A[], attempt: (address: A) => Promise<T>): Promise<T> {
  let last: unknown = new Error("no address");
  for (const address of addresses.slice(0, 3)) {
    try {
      return await attempt(address);
    } catch (error) {
      last = error;
      if (!unreachable.has(codeOf(error))) throw error;
    }
  }
  throw last;
}

function judge(question: UrlQuestion, answer: NonNullable<Exchange["answer"]>, report: UrlReport): void {
  if (question.text !== null) report.text = { wanted: question.text, found: answer.body.includes(question.text) };
  if (answer.status >= 400 || answer.status < 200)
    return fail(report, "status", `It answers with HTTP ${answer.status}.`);
  if (report.text?.found === false) {
    const where = answer.cut ? "the first MiB of the page" : "the page";
    return fail(report, "text", `The text "${report.text.wanted}" is not on ${where}.`);
  }
}

function judgeCertificate(seen: SeenCertificate, question: UrlQuestion): NonNullable<UrlReport["certificate"]> {
  const daysLeft = Math.floor((Date.parse(seen.validTo) - question.now.getTime()) / DAY_MS);
  const until = seen.validTo.slice(0, 10);
  if (!seen.trusted) {
    return { ...seen, daysLeft, ok: false, finding: `The certificate is not trusted: ${seen.fault}.` };
  }
  const ok = daysLeft >= question.certificateDays;
  const finding = `The certificate ends on ${until}, in ${daysLeft} days${ok ? "" : ": renew it"}.`;
  return { ...seen, daysLeft, ok, finding };
}

/** A URL to look at. Throws BadInputError for other protocols and for credentials, which would end up in logs. */
export function parseHttpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new BadInputError(`"${text.slice(0, 200)}" is not an http or https URL.`, { reason: "url_invalid" });
  }
  if (url.username !== "" || url.password !== "") {
    throw new BadInputError("A URL must not carry a user name or a password.", { reason: "url_credentials" });
  }
  return url;
}

const unreachable = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "ECONNRESET"]);
const ownNetwork = new Set(["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "EAI_AGAIN", "EAI_SYSTEM"]);

function explain(report: UrlReport, error: unknown): void {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BadInputError) {
    return report.status === null
      ? fail(report, "refused", message)
      : fail(report, "redirect", `Its redirect is not followed: ${message}`);
  }
  if (ownNetwork.has(code)) return fail(report, "network", `It can't be reached from here: ${message}.`);
  if (code === "ENOTFOUND") return fail(report, "dns", `Its name has no address: ${message}.`);
  fail(report, report.status === null && report.connectMs === null ? "network" : "status", `No answer: ${message}.`);
}

function fail(report: UrlReport, failed: NonNullable<UrlReport["failed"]>, finding: string): void {
  report.failed = failed;
  report.finding = finding.replaceAll(/\.\.+$/g, ".");
}

/** Whether a failure may lie with this machine's own network or resolver. */
export function mayBeOurs(report: UrlReport): boolean {
  return report.failed === "network" && report.finding.startsWith("It can't be reached from here");
}

function emptyReport(question: UrlQuestion): UrlReport {
  return {
    url: question.url,
    at: question.now.toISOString(),
    ok: false,
    finding: "",
    failed: null,
    status: null,
    latencyMs: null,
    dnsMs: null,
    connectMs: null,
    tlsMs: null,
    firstByteMs: null,
    address: null,
    redirects: [],
    certificate: null,
    text: null,
  };
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
