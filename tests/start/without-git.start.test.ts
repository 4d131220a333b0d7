import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startHoldpoint } from "./holdpoint.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), "holdpoint-start-"));
  mkdirSync(path.join(root, "bin"));
  for (const name of readdirSync("/usr/bin")) {
    if (!name.startsWith("git")) symlinkSync(path.join("/usr/bin", name), path.join(root, "bin", name));
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("starts on a machine without git, and says what is missing for a build", async () => {
  const start = startHoldpoint(["--no-web", "--data-dir", path.join(root, "data")], { PATH: path.join(root, "bin") });
  await start.printed(/build: MISSING CONFIG \(git is not installed\)\./);
  await start.printed(/Holdpoint is running/);
  start.process.kill("SIGINT");
  expect(await start.ended).toBe(0);
}, 60_000);
