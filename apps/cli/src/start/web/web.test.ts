import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { StateFile } from "@holdpoint/local";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isBuilt, serverFile } from "./build-web.ts";
import { chooseWebPort } from "./choose-port.ts";
import { sourceHash } from "./source-hash.ts";

let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(path.join(tmpdir(), "holdpoint-checkout-"));
  write("apps/web/src/app/page.tsx", "export default 1;");
  write("packages/db/src/index.ts", "export {};");
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(checkout, file)), { recursive: true });
  writeFileSync(path.join(checkout, file), text);
}

describe("the dashboard's build", () => {
  it("is made again when a source changes, appears or moves, and not for a test", async () => {
    const first = await sourceHash(checkout);
    write("apps/web/src/app/page.test.tsx", "a test");
    write("apps/worker/src/main.ts", "no source of the dashboard");
    expect(await sourceHash(checkout)).toBe(first);
    write("apps/web/src/app/page.tsx", "export default 2;");
    const second = await sourceHash(checkout);
    expect(second).not.toBe(first);
    write("pnpm-lock.yaml", "lockfileVersion: 9");
    expect(await sourceHash(checkout)).not.toBe(second);
  });

  it("counts only when its server is there and its mark fits", async () => {
    expect(await isBuilt(checkout)).toBe(false);
    write("apps/web/.next/holdpoint-sources", `${await sourceHash(checkout)} build-1\n`);
    expect(await isBuilt(checkout)).toBe(false);
    const server = path.relative(checkout, serverFile(checkout));
    const standalone = path.join(path.dirname(server), ".next");
    write(server, "");
    write(path.join(standalone, "BUILD_ID"), "build-1");
    // Without its scripts and styles it would start, and show bare pages.
    expect(await isBuilt(checkout)).toBe(false);
    write(path.join(standalone, "static/chunks/main.js"), "");
    expect(await isBuilt(checkout)).toBe(true);
    // Somebody built by hand since, from who knows what.
    write(path.join(standalone, "BUILD_ID"), "build-2");
    expect(await isBuilt(checkout)).toBe(false);
    write(path.join(standalone, "BUILD_ID"), "build-1");
    expect(await isBuilt(checkout)).toBe(true);
    write("packages/db/src/index.ts", "export { };");
    expect(await isBuilt(checkout)).toBe(false);
  });
});

describe("the dashboard's port", () => {
  const memory = (web?: number): StateFile => {
    let state = {
      version: 1 as const,
      clusterMade: true,
      ports: { web },
      first: { venture: false, healthScan: false, build: false },
    };
    return {
      read: () => state,
      write: (change) => void (state = { ...state, ...change, ports: { web: change.ports?.web } }),
    };
  };
  const taken = async (): Promise<{ port: number; free(): void }> => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    return { port: typeof address === "object" && address ? address.port : 0, free: () => server.close() };
  };

  it("is the one of the last start, or the next free one, which is said", async () => {
    const other = await taken();
    const state = memory(other.port);
    const said: string[] = [];
    const port = await chooseWebPort(state, undefined, (line) => said.push(line));
    expect(port).toBeGreaterThan(other.port);
    expect(said).toEqual([`Port ${other.port} is taken by another program; the dashboard is at ${port}.`]);
    expect(await chooseWebPort(state, undefined, (line) => said.push(line))).toBe(port);
    expect(said).toHaveLength(1);
    other.free();
  });

  it("is refused when it was asked for and is taken", async () => {
    const other = await taken();
    await expect(chooseWebPort(memory(), other.port, () => undefined)).rejects.toMatchObject({
      code: "conflict",
      reason: "port_taken",
      field: "port",
    });
    other.free();
  });
});
