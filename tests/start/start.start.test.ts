import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { descendants, listeningAddresses, runHoldpoint, startHoldpoint, stillRunning } from "./holdpoint.ts";
import type { Started } from "./holdpoint.ts";

const RUNNING = /Holdpoint is running \(([\d.]+) s\)/;

// The tests of this file are one installation's life, in order.
let dataDir: string;
let current: Started | undefined;

beforeAll(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), "holdpoint-start-"));
});
afterEach(async () => {
  if (current?.process.exitCode === null && current.process.signalCode === null) {
    current.process.kill("SIGINT");
    await current.ended;
  }
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

async function start(...args: string[]): Promise<Started> {
  current = startHoldpoint(["--data-dir", dataDir, ...args]);
  await current.printed(RUNNING);
  await current.printed(/Stop +Ctrl-C/);
  return current;
}

const seconds = (started: Started): number => Number(RUNNING.exec(started.text())?.[1]);

async function jobs(): Promise<{ type: string; state: string }[]> {
  const { stdout } = await runHoldpoint(["jobs", "list", "--json", "--data-dir", dataDir]);
  return (JSON.parse(stdout) as { items: { type: string; state: string }[] }).items;
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/postgres"))
    .map((entry) => path.join(entry.parentPath, entry.name));

describe("npm start", () => {
  it("goes on after a first start that was killed half-way, twice", async () => {
    for (const moment of [/PostgreSQL|data folder/, /✓ PostgreSQL/]) {
      const killed = (current = startHoldpoint(["--data-dir", dataDir, "--no-web"]));
      if (moment.source.startsWith("✓")) await killed.printed(moment);
      // The first time in the middle of initdb, which has no line of its own.
      else
        await expect
          .poll(() => existsSync(path.join(dataDir, "postgres/PG_VERSION")), { interval: 5, timeout: 20_000 })
          .toBe(true);
      const children = descendants(killed.process.pid ?? 0);
      killed.process.kill("SIGKILL");
      expect(await killed.ended).toBe("SIGKILL");
      // Nobody is left to stop them: the kernel does.
      await expect.poll(() => stillRunning(children), { timeout: 10_000 }).toEqual([]);
    }
  }, 30_000);

  it("starts, shows the password once, runs real work, and has a build wait for the operator", async () => {
    const started = await start("--no-web");
    const text = started.text();
    for (const step of ["PostgreSQL", "Schema", "First operator", "Supabase Lite", "Worker"]) {
      expect(text).toMatch(new RegExp(`✓ ${step}.* [\\d.]+ s\\n`));
    }
    expect(text).toMatch(/E-mail +admin@holdpoint\.local/);
    expect(text).toMatch(/Password +(\w{5}-){3}\w{5} /);
    expect(text).toContain(`${dataDir}/logs`);
    await expect
      .poll(async () => (await jobs()).map((job) => `${job.type} ${job.state}`), { timeout: 20_000 })
      .toEqual(["build held"]);
    const status = await runHoldpoint(["status", "--json", "--data-dir", dataDir]);
    expect(status.code).toBe(0);
  }, 60_000);

  it("left the password nowhere, and secrets readable by nobody else", () => {
    const password = /Password +(\S+)/.exec(current?.text() ?? "")?.[1] ?? "not found";
    for (const file of filesBelow(dataDir)) {
      expect(readFileSync(file, "utf8"), file).not.toContain(password);
      expect(statSync(file).mode & 0o077, file).toBe(0);
    }
  });

  it("goes on with the same data within 10 s, listens on 127.0.0.1 alone, and tells a second instance", async () => {
    const started = await start("--no-web");
    expect(seconds(started)).toBeLessThan(10);
    expect(started.text()).not.toMatch(/Password/);
    expect(started.text()).toMatch(/1 job waits for you: build of holdpoint/);
    expect((await jobs()).map((job) => job.type)).toEqual(["build"]);

    const processes = descendants(started.process.pid ?? 0);
    const addresses = listeningAddresses([started.process.pid ?? 0, ...processes.map((one) => one.pid)]);
    expect(addresses.length).toBeGreaterThanOrEqual(2);
    for (const address of addresses) expect(address).toMatch(/^127\.0\.0\.1:/);

    const second = startHoldpoint(["--data-dir", dataDir, "--no-web"]);
    expect(await second.ended).toBe(1);
    expect(second.text()).toContain(`Holdpoint is already running on ${dataDir} (process ${started.process.pid}).`);

    started.process.kill("SIGINT");
    expect(await started.ended).toBe(0);
    expect(stillRunning(processes)).toEqual([]);
    expect(started.text()).toMatch(/Stopped the worker.*\n.*Stopped the database/);
  }, 60_000);

  it("starts PostgreSQL, the REST server and the worker again when they die, and says so", async () => {
    const started = await start("--no-web");
    const processes = descendants(started.process.pid ?? 0);
    const child = (pattern: RegExp): number | undefined =>
      descendants(started.process.pid ?? 0).find(
        (one) => one.parent === started.process.pid && pattern.test(one.command),
      )?.pid;
    const kill = async (pattern: RegExp): Promise<void> => {
      // It may be between two lives itself, when it was still starting as the database went.
      await expect.poll(() => child(pattern), { timeout: 20_000 }).toBeTypeOf("number");
      process.kill(child(pattern) ?? Number.NaN, "SIGKILL");
    };
    await kill(/bin\/postgres -D/);
    await started.printed(/PostgreSQL ended \(SIGKILL\); starting it again\./);
    await started.printed(/PostgreSQL runs again\./);
    await started.printed(/Supabase Lite runs again\./);
    await kill(/worker\/src\/main\.ts/);
    await started.printed(/The worker ended \(SIGKILL\); starting it again\./);
    await started.printed(/The worker runs again\./);
    expect((await jobs()).map((job) => job.type)).toEqual(["build"]);
    started.process.kill("SIGTERM");
    expect(await started.ended).toBe(0);
    expect(stillRunning(processes)).toEqual([]);
  }, 60_000);

  it("with the dashboard: serves it, scans it, and finds it alive", async () => {
    const started = await start();
    const url = /Dashboard +(http\S+)/.exec(started.text())?.[1] ?? "";
    expect((await fetch(`${url}/api/health`)).status).toBe(200);
    expect(await (await fetch(url)).text()).toMatch(/<html/);
    const processes = descendants(started.process.pid ?? 0);
    for (const address of listeningAddresses(processes.map((one) => one.pid)))
      expect(address).toMatch(/^127\.0\.0\.1:/);
    await expect
      .poll(async () => (await jobs()).map((job) => `${job.type} ${job.state}`).toSorted(), { timeout: 20_000 })
      .toEqual(["build held", "health_scan succeeded"]);
    started.process.kill("SIGINT");
    expect(await started.ended).toBe(0);
    expect(stillRunning(processes)).toEqual([]);
  }, 180_000);
});
