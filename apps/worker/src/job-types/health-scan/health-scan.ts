import { BadInputError, defineJob, TransientError, z } from "@holdpoint/sdk";
import type { EvidenceItem, JobContext, VentureFacts } from "@holdpoint/sdk";
import pLimit from "p-limit";
import { checkUrl, mayBeOurs, parseHttpUrl } from "./check-url.ts";
import type { UrlReport } from "./check-url.ts";

/** How long a finding counts after it was made. */
export const FINDING_LIFETIME_MS = 30 * 60_000;

const payload = z.strictObject({
  urls: z
    .array(z.string().min(1).max(2000))
    .min(1)
    .max(20)
    .optional()
    .describe("The pages to look at; the venture's own URL when left out."),
  text: z.string().min(1).max(500).optional().describe("A text that must be on each page."),
  timeoutMs: z.number().int().min(100).max(60_000).default(10_000).describe("For each URL with its redirects."),
  maxRedirects: z.number().int().min(0).max(10).default(5),
  certificateDays: z
    .number()
    .int()
    .min(0)
    .max(90)
    .default(7)
    .describe("A certificate that ends sooner is a failing finding."),
});

export interface HealthScanOptions {
  /** Certificates to trust beside the system's, as PEM. */
  ca?: string;
}

/**
 * Looks at the pages of a venture and keeps what it finds as evidence. A page that is down is a finding of a run that
 * succeeded. The run fails for an address that must not be reached (bad_input), and when no page at all can be reached
 * for a reason that may be this machine's own (transient): then it knows nothing and says nothing.
 */
export function makeHealthScan(options: HealthScanOptions = {}) {
  return defineJob({
    name: "health_scan",
    version: 1,
    description: "Looks at pages: name, connection, certificate, status, latency, redirects, and a text to find.",
    payload,
    size: "small",
    timeoutMs: 5 * 60_000,
    resolve: ({ urls }, { venture }) => ({ urls: urlsOf(urls, venture) }),
    async run(ctx) {
      const { urls } = ctx.refs;
      const few = pLimit(4);
      let done = 0;
      const reports = await Promise.all(
        urls.map((url, i) =>
          few(async () => {
            const report = await ctx.step(`check ${i + 1}`, () => look(ctx, url, options));
            done += 1;
            ctx.progress({ done, total: urls.length, note: url });
            ctx.log(`${report.ok ? "ok  " : "FAIL"} ${url}: ${report.finding}`);
            return report;
          }),
        ),
      );
      return await conclude(ctx, reports);
    },
  });
}

type Scan = JobContext<z.output<typeof payload>, { urls: string[] }>;

function urlsOf(wanted: string[] | undefined, venture: VentureFacts): string[] {
  const urls = wanted ?? (venture.url === null ? [] : [venture.url]);
  if (urls.length === 0) {
    throw new BadInputError(`Venture ${venture.key} has no URL, and the payload names none.`, {
      reason: "missing_config",
      field: "payload.urls",
      remedy: "Give the venture a URL, or name urls in the payload.",
    });
  }
  // As they were given: evidence is about the URL that people know.
  return [...new Map(urls.map((url) => [parseHttpUrl(url).href, url])).values()];
}

async function look(ctx: Scan, url: string, options: HealthScanOptions): Promise<UrlReport> {
  const { text = null, timeoutMs, maxRedirects, certificateDays } = ctx.payload;
  return await checkUrl({
    ...{ url, text, timeoutMs, maxRedirects, certificateDays, signal: ctx.signal, now: ctx.now() },
    allowPrivate: ctx.venture.allowPrivateAddresses,
    ca: options.ca,
  });
}

async function conclude(ctx: Scan, reports: UrlReport[]) {
  if (reports.every(mayBeOurs)) {
    throw new TransientError(`No page could be reached from here: ${reports[0]?.finding ?? ""}`, {
      reason: "no_network",
    });
  }
  // What was refused was not looked at: it is no evidence about the site.
  const looked = reports.filter((report) => report.failed !== "refused");
  await ctx.evidence(looked.flatMap((report) => evidenceOf(report, ctx.now())));
  const refused = reports.filter((report) => report.failed === "refused");
  if (refused.length > 0) {
    throw new BadInputError(refused.map((report) => report.finding).join(" "), {
      reason: "private_address",
      field: "payload.urls",
      remedy: "An admin can allow private addresses for the venture.",
    });
  }
  const failing = reports.filter((report) => !report.ok || report.certificate?.ok === false).length;
  return { ok: failing === 0, looked: reports.length, failing, pages: reports };
}

function evidenceOf(report: UrlReport, now: Date): EvidenceItem[] {
  // A later run may reuse a look that an earlier one kept: its lifetime has been running since.
  const lifetimeMs = FINDING_LIFETIME_MS - (now.getTime() - Date.parse(report.at));
  if (lifetimeMs <= 0) return [];
  const { certificate, text: _text, url, ok, finding, at: _at, ...facts } = report;
  const items: EvidenceItem[] = [{ subject: url, kind: "http", ok, finding, facts, lifetimeMs }];
  if (certificate !== null) {
    items.push({
      ...{ subject: url, kind: "tls", ok: certificate.ok, finding: certificate.finding, lifetimeMs },
      facts: { ...certificate },
    });
  }
  return items;
}
