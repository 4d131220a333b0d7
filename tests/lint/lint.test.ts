import { execFile } from "node:child_process";
import { cp, mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BOUNDARIES } from "./boundaries.ts";
import { refusal } from "./plugin.ts";

const root = join(import.meta.dirname, "../..");

/** One file each, as the rule should judge it: [path, text, what the complaint says; null for none]. */
const CASES: readonly (readonly [path: string, text: string, complaint: string | null])[] = [
  ["packages/policy/src/a.ts", `export { readFile } from "node:fs/promises";`, "is pure"],
  ["packages/policy/src/b.ts", `export { z } from "zod";`, null],
  ["packages/policy/src/b.test.ts", `export { readFile } from "node:fs/promises";`, null],
  ["packages/sdk/src/a.ts", `export * from "@holdpoint/db";`, "may import @holdpoint/policy, not @holdpoint/db"],
  ["packages/db/src/a.ts", `export * from "../../queues/src/index.ts";`, "by its name"],
  ["packages/db/src/b.ts", `export { Queue } from "bullmq";`, "Only packages/queues may import bullmq"],
  ["apps/worker/src/a.ts", `export const load = () => import("ioredis");`, "Only packages/queues may import ioredis"],
  ["apps/worker/src/b.ts", `export * from "@holdpoint/sdk";`, null],
  ["apps/worker/src/c.ts", `export * from "@holdpoint/local/testing";`, "is for tests"],
  ["apps/worker/src/d.ts", `console.log("hello");`, "no-console"],
  ["apps/worker/src/e.ts", `export const home = process.env["HOME"];`, "read once"],
  ["apps/worker/src/f.ts", `export const child = { env: { ...process.env } };`, null],
  ["apps/worker/src/env.ts", `export const home = process.env["HOME"];`, null],
  ["apps/cli/src/a.ts", `console.log("hello");`, null],
  ["apps/cli/src/b.ts", `export const a = JSON.parse("1") as unknown as string;`, "no-double-cast"],
  ["apps/cli/src/c.ts", `try { JSON.parse("{"); } catch {}`, "no-empty"],
  ["apps/cli/src/d.ts", `export const a = (b: any) => b;`, "no-explicit-any"],
  ["apps/web/src/app/page.tsx", `export { Pool } from "pg";`, "hold no SQL"],
  ["apps/web/src/app/jobs/page.tsx", "export const q = `select id from public.jobs`;", "hold no SQL"],
  ["apps/web/src/features/jobs/queries.ts", `export const q = "select id from public.jobs";`, null],
  ["packages/queues/src/a.ts", `export { Queue } from "bullmq";`, null],
  [
    "packages/queues/src/b.ts",
    `import { FlowProducer } from "bullmq"; export const f = FlowProducer;`,
    "not FlowProducer",
  ],
  ["packages/queues/src/c.ts", `export const f = (q: { obliterate(): void }) => q.obliterate();`, "BullMQ's state"],
  [
    "packages/queues/src/d.ts",
    `import { type Job, Queue } from "bullmq"; export const f = (q: Queue, j: Job[]) => q.addBulk(j);`,
    null,
  ],
];

describe("boundaries", () => {
  it("names every package that DESIGN's layout lists", () => {
    const folders = BOUNDARIES.map((boundary) => boundary.folder).toSorted();
    expect(folders).toEqual([
      "apps/cli",
      "apps/web",
      "apps/worker",
      "packages/db",
      "packages/local",
      "packages/policy",
      "packages/queues",
      "packages/sdk",
    ]);
  });

  it("lets tests and benchmarks import what they measure", () => {
    expect(refusal("bench/throughput.ts", "bullmq")).toBeNull();
    expect(refusal("tests/faults/nemesis.ts", "@holdpoint/local/testing")).toBeNull();
  });
});

describe("the repository's oxlint rules, run on files that break them", () => {
  let folder: string;
  let output: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdpoint-lint-"));
    const config: unknown = JSON.parse(await readFile(join(root, ".oxlintrc.json"), "utf8"));
    // Type-aware rules need a whole program; they run in `pnpm verify` itself.
    await writeFile(join(folder, ".oxlintrc.json"), JSON.stringify({ ...(config as object), options: {} }));
    await cp(join(root, "tests/lint"), join(folder, "tests/lint"), { recursive: true });
    for (const [path, text] of CASES) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), `${text}\n`);
    }
    const run = promisify(execFile)(join(root, "node_modules/.bin/oxlint"), ["--format=unix", "packages", "apps"], {
      cwd: folder,
    });
    output = await run.then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );
  }, 30_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(CASES)("%s: %s", (path, _text, complaint) => {
    const complaints = output.split("\n").filter((line) => line.includes(`${path}:`));
    if (complaint === null) expect(complaints).toEqual([]);
    else expect(complaints.join("\n")).toContain(complaint);
  });
});
