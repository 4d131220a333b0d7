/**
 * An example to copy: looks for dead links on one page of a venture's site.
 *
 * It shows the parts that most handlers need: a parsed payload, steps whose results a later run reuses, progress, a log,
 * evidence with a lifetime, and errors that say what should happen next. `handlers/README.md` says how to use it.
 */
import { BadInputError, defineJob, TransientError, z } from "@holdpoint/sdk";

const payload = z.strictObject({
  path: z.string().startsWith("/").max(500).default("/").describe("The page, on the venture's own site."),
  most: z.number().int().min(1).max(100).default(25).describe("The most links to look at."),
});

export default defineJob({
  name: "link_check",
  version: 1, // raise it with every change of the payload or of the effects
  description: "Looks for dead links on a page of the venture's site.",
  payload,
  size: "small", // three retries, at most five minutes
  timeoutMs: 2 * 60_000,

  // Before admission: a venture without a URL is told so at once, and the page is part of the plan.
  resolve({ path }, { venture }) {
    if (venture.url === null) {
      throw new BadInputError(`Venture ${venture.key} has no URL.`, { reason: "missing_config", field: "venture.url" });
    }
    const page = new URL(path, venture.url);
    // Nobody should be able to point a worker at another host by a path such as "//somewhere".
    if (page.origin !== new URL(venture.url).origin) {
      throw new BadInputError("The page must be on the venture's own site.", { field: "payload.path" });
    }
    return { page: page.href };
  },

  async run(ctx) {
    const { page } = ctx.refs;
    const links = await ctx.step("find links", async () => {
      const html = await read(page, ctx.signal);
      return sameSiteLinks(html, page).slice(0, ctx.payload.most);
    });
    ctx.log(`${links.length} links on ${page}`);

    const dead: string[] = [];
    for (const [i, link] of links.entries()) {
      // One step per link: after a crash the next run goes on where this one was.
      const status = await ctx.step(`look ${i + 1}`, () => statusOf(link, ctx.signal));
      if (status >= 400) dead.push(link);
      ctx.log(`${status} ${link}`);
      ctx.progress({ done: i + 1, total: links.length, note: link });
    }

    await ctx.evidence([
      {
        subject: page,
        kind: "links",
        ok: dead.length === 0,
        finding: dead.length === 0 ? `All ${links.length} links work.` : `Dead: ${dead.join(", ")}`,
        facts: { links: links.length, dead },
        lifetimeMs: 24 * 60 * 60_000,
      },
    ]);
    return { links: links.length, dead };
  },
});

async function read(page: string, signal: AbortSignal): Promise<string> {
  const response = await request(page, "GET", signal);
  if (response.status >= 500) throw new TransientError(`${page} answers with HTTP ${response.status}.`);
  if (!response.ok) throw new BadInputError(`${page} answers with HTTP ${response.status}.`, { field: "payload.path" });
  return await response.text();
}

async function statusOf(link: string, signal: AbortSignal): Promise<number> {
  const response = await request(link, "HEAD", signal);
  await response.body?.cancel();
  return response.status;
}

async function request(url: string, method: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
  } catch (error) {
    signal.throwIfAborted(); // a cancel is a cancel, not a failed request
    throw new TransientError(`${url} can't be reached.`, { cause: error });
  }
}

function sameSiteLinks(html: string, page: string): string[] {
  const found = [...html.matchAll(/\shref\s*=\s*["']([^"'#]+)/gi)].map((match) => match[1] ?? "");
  const links = found.filter((href) => URL.canParse(href, page)).map((href) => new URL(href, page));
  return [...new Set(links.filter((link) => link.origin === new URL(page).origin).map((link) => link.href))];
}
