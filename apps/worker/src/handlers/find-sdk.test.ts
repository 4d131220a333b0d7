import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

// In a process of its own, as a worker loads them: the test runner resolves imports in its own way.
test("a handler in a folder outside the repository finds the SDK", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdpoint-handlers-"));
  const handler = `import { defineJob, z } from "@holdpoint/sdk";
const payload = z.object({ who: z.string() });
export default defineJob({ name: "far", version: 1, payload, size: "small", timeoutMs: 1, run: (): null => null });`;
  await writeFile(join(folder, "far.ts"), handler);
  await writeFile(join(folder, "copied.example.ts"), "throw new Error('not to be loaded')");
  const here = (file: string): string => JSON.stringify(pathToFileURL(join(import.meta.dirname, file)).href);
  const script = `import { Catalogue } from ${here("catalogue.ts")}; import { loadHandlers } from ${here("load.ts")};
const catalogue = new Catalogue();
await loadHandlers(${JSON.stringify(folder)}, true, catalogue);
console.log(JSON.stringify(catalogue.announcements.map(({ name }) => name)));`;
  try {
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script]);
    expect(JSON.parse(stdout)).toEqual(["far"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
