import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { LABELS } from "@holdpoint/policy";
import { filesEnding, read } from "./files.ts";

/** What alerts and the dashboard read from the head of a runbook. */
const frontMatter = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string().min(1),
  when: z.string().min(1),
  severity: z.enum(["info", "warning", "critical"]),
  alerts: z.array(z.string().regex(/^[a-z][a-z0-9_.]*$/)),
  labels: z.array(z.enum(LABELS)),
});

const pages = (await filesEnding(".md")).filter(
  (path) => path.startsWith("runbooks/") && path !== "runbooks/README.md",
);

describe.each(pages)("%s", (page) => {
  it("has a valid front matter, named as its file", async () => {
    const head = /^---\n([\s\S]*?)\n---\n/.exec(await read(page))?.[1] ?? "";
    const facts = frontMatter.parse(parse(head));
    expect(`runbooks/${facts.name}.md`).toBe(page);
  });

  it("ends with the check that shows that it is over", async () => {
    const headings = (await read(page)).split("\n").filter((line) => line.startsWith("## "));
    expect(headings.at(-1)).toBe("## It is over when");
    expect((await read(page)).split("## It is over when")[1]).toMatch(/`npx holdpoint /);
  });
});

/** Kinds of alerts that SQL functions and task consumers raise: each is a literal where an alert is asked for. */
async function raisedAlerts(): Promise<string[]> {
  const sources = [...(await filesEnding(".sql")), ...(await filesEnding(".ts"))].filter((path) =>
    /^(supabase\/migrations|apps\/worker\/src)\//.test(path),
  );
  const text = (await Promise.all(sources.map(read))).join("\n");
  const asked = [
    ...text.matchAll(/insert_alert_task\([^;]*;/g),
    ...text.matchAll(/const alert = \{[^}]*\}/g),
    ...text.matchAll(/'kind', '[^']*', 'title'/g),
  ];
  const kinds = asked.flatMap(([call]) =>
    [...call.matchAll(/['"]([a-z]+\.[a-z_]+)['"]/g)].map((match) => match[1] ?? ""),
  );
  return [...new Set(kinds)].toSorted();
}

it("each alert that is raised has its runbook, and each that a runbook names is raised", async () => {
  const answered = await Promise.all(
    pages.map(async (page) => {
      const head = /^---\n([\s\S]*?)\n---\n/.exec(await read(page))?.[1] ?? "";
      return frontMatter.parse(parse(head)).alerts;
    }),
  );
  const raised = await raisedAlerts();
  expect(raised.length).toBeGreaterThan(10);
  expect(answered.flat().toSorted()).toEqual(raised);
});

it("there is a runbook for what this version's users meet", () => {
  expect(pages).toEqual(
    expect.arrayContaining(["runbooks/database-down.md", "runbooks/queue-wiped.md", "runbooks/worker-stuck.md"]),
  );
});
