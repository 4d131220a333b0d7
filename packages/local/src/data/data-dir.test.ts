import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataDir } from "./data-dir.ts";
import { loadSecrets } from "./secrets.ts";
import { openState } from "./state.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "holdpoint-data-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe("a data folder", () => {
  it("is taken by one process, which the second is told", () => {
    const dir = openDataDir(root);
    const script = `import(${JSON.stringify(path.join(import.meta.dirname, "data-dir.ts"))}).then(m => { try { m.openDataDir(${JSON.stringify(root)}); console.log("taken") } catch (e) { console.log(e.reason, e.message) } })`;
    const told = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }).trim();
    expect(told).toBe(`already_running Holdpoint is already running on ${root} (process ${process.pid}).`);
    dir.release();
    expect(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }).trim()).toBe("taken");
  });

  it("is refused in one sentence where it cannot be made", () => {
    writeFileSync(path.join(root, "file"), "");
    expect(() => openDataDir(path.join(root, "file", "below"))).toThrow(/^The data folder cannot be used: /);
  });

  it("shows its secrets to nobody else, and keeps them", () => {
    const dir = openDataDir(root);
    const secrets = loadSecrets(dir.secrets);
    expect(loadSecrets(dir.secrets)).toEqual(secrets);
    expect(mode(dir.secrets)).toBe("700");
    expect(mode(dir.logs)).toBe("700");
    for (const file of readdirSync(dir.secrets)) expect(mode(path.join(dir.secrets, file))).toBe("600");
    expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length);
    dir.release();
  });

  it("does not make new secrets over damaged ones", () => {
    const dir = openDataDir(root);
    writeFileSync(path.join(dir.secrets, "local.json"), '{"version":1}');
    expect(() => loadSecrets(dir.secrets)).toThrow(/damaged/);
    dir.release();
  });

  it("remembers between starts", () => {
    openState(root).write({ clusterMade: true, ports: { web: 3001 } });
    expect(openState(root).read()).toMatchObject({
      clusterMade: true,
      ports: { web: 3001 },
      first: { venture: false },
    });
    expect(mode(path.join(root, "state.json"))).toBe("600");
  });
});
