import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { unitProperties } from "./systemd-run.ts";
import { SMALL } from "./testing/run-in.ts";

const run = promisify(execFile);

test("systemd knows every property of the transient unit, and finds it closed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdpoint-unit-test-"));
  const unit = join(folder, "holdpoint-command.service");
  const lines = ["[Service]", "ExecStart=/bin/true", ...unitProperties(SMALL, folder), ""];
  await writeFile(unit, lines.join("\n"));
  try {
    const verified = await run("systemd-analyze", ["verify", "--recursive-errors=no", unit]);
    expect(verified.stderr).not.toMatch(/holdpoint-command/);
    await run("systemd-analyze", ["security", "--offline=yes", "--threshold=20", unit]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
