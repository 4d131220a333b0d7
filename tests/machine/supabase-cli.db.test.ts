/** Supabase's own command line applies the migrations, and it and our runner keep one history. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate } from "@holdpoint/db/migrate";
import { MIGRATIONS } from "@holdpoint/local/testing";
import { startHosted } from "./support/hosted.ts";
import type { Hosted } from "./support/hosted.ts";

// Not a dependency: 140 MB that only this test needs.
const CLI = "supabase@3.1.0";
const run = promisify(execFile);

let hosted: Hosted;
/** A copy of the project: the command line writes notes of its own into it. */
let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "holdpoint-supabase-"));
  await cp(dirname(MIGRATIONS), join(project, "supabase"), { recursive: true });
});
afterEach(async () => {
  await rm(project, { recursive: true });
  await hosted.db.drop();
  await hosted.server.close();
});

async function push(): Promise<string> {
  const { stdout, stderr } = await run(
    "npx",
    ["--yes", CLI, "db", "push", `--remote=${hosted.ownerUrl}`, "--output-format", "json", "--yes"],
    { cwd: project, env: { ...process.env, SUPABASE_TELEMETRY_DISABLED: "1" } },
  );
  return stdout + stderr;
}

async function history(): Promise<string[]> {
  const rows = await hosted.db.query<{ version: string }>(
    "select version from supabase_migrations.schema_migrations order by 1",
  );
  return rows.map((row) => row.version);
}

const versions = async () =>
  (await readdir(MIGRATIONS)).filter((file) => file.endsWith(".sql")).map((file) => file.split("_")[0]);

describe.each([15, 17] as const)("PostgreSQL %i", { timeout: 180_000 }, (major) => {
  it("db push applies everything, and our runner finds nothing left", async () => {
    hosted = await startHosted(major);
    await push();
    expect(await history()).toEqual(await versions());
    expect((await migrate(hosted.ownerUrl, { dir: MIGRATIONS })).applied).toEqual([]);
  });

  it("what our runner applied, db push leaves alone", async () => {
    hosted = await startHosted(major);
    await migrate(hosted.ownerUrl, { dir: MIGRATIONS });
    await push();
    expect(await history()).toEqual(await versions());
  });
});
