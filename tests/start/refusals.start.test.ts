import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startHoldpoint } from "./holdpoint.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), "holdpoint-start-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const errors = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("error:"));

describe("holdpoint start says in one sentence", () => {
  it.each([
    [["--port", "0"], /"0" is not a port/],
    [["--port", "http"], /"http" is not a port/],
    [["--lanes", "build,eva"], /"eva" is not a lane; there are build, eval, recovery/],
    [["--nonsense"], /[Uu]nknown option '--nonsense'/],
  ])("that an option is wrong: %j", async (args, sentence) => {
    const start = startHoldpoint(args);
    expect(await start.ended).toBe(2);
    expect(errors(start.text())).toHaveLength(1);
    expect(start.text()).toMatch(sentence);
  });

  it("that a port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const start = startHoldpoint(["--port", String(port), "--data-dir", dataDir]);
    expect(await start.ended).toBe(1);
    expect(errors(start.text())).toEqual([`error: Port ${port} is taken by another program.`]);
    server.close();
  });

  it("that the data is of another PostgreSQL", async () => {
    mkdirSync(path.join(dataDir, "postgres"));
    writeFileSync(path.join(dataDir, "postgres/PG_VERSION"), "17\n");
    const start = startHoldpoint(["--data-dir", dataDir, "--no-web"]);
    expect(await start.ended).toBe(1);
    expect(errors(start.text())).toEqual([
      `error: ${dataDir}/postgres was made by PostgreSQL 17, and this version of Holdpoint runs 18.`,
    ]);
  });

  it("that the folder cannot be used", async () => {
    writeFileSync(path.join(dataDir, "file"), "");
    const start = startHoldpoint(["--data-dir", path.join(dataDir, "file/below"), "--no-web"]);
    expect(await start.ended).toBe(1);
    expect(errors(start.text())).toHaveLength(1);
    expect(start.text()).toMatch(/The data folder cannot be used/);
  });

  it("that a hosted project is configured", async () => {
    const start = startHoldpoint(["--data-dir", dataDir], {
      SUPABASE_URL: "https://x.supabase.co",
      SUPABASE_ANON_KEY: "k",
    });
    expect(await start.ended).toBe(1);
    expect(start.text()).toMatch(/SUPABASE_URL is set/);
  });
});
