import { existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesEnding, read, root } from "./files.ts";

const FOLDERS = "apps|packages|supabase|infra|runbooks|bench|tests|docs|handlers|\\.ci|\\.github";
const CITED = new RegExp(`^(?:${FOLDERS})/[\\w@.*/\\[\\]()-]*$`);

/** What a page says exists: `paths` in code style that begin with a folder of ours, and targets of relative links. */
function citations(page: string, text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, "");
  const code = [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "").filter((path) => CITED.test(path));
  const links = [...prose.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => join(dirname(page), target));
  return [...code, ...links];
}

const exists = (path: string) =>
  path.includes("*") ? globSync(path, { cwd: root }).length > 0 : existsSync(join(root, path));

const pages = await filesEnding(".md");

describe("cited paths exist", () => {
  it.each(pages)("%s", async (page) => {
    const missing = citations(page, await read(page)).filter((path) => !exists(path));
    expect(missing).toEqual([]);
  });

  it("sees a path that is gone", () => {
    const text = "See `packages/db/src/gone.ts`, `pnpm verify` and [the runbook](../runbooks/gone.md#end).";
    expect(citations("docs/page.md", text)).toEqual(["packages/db/src/gone.ts", "runbooks/gone.md"]);
  });
});
