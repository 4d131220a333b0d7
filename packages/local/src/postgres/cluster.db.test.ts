import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../process/free-port.ts";
import { findBinaries } from "./binaries.ts";
import { initCluster, startServer } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";

const isRoot = process.getuid?.() === 0;
let root: string;
let cluster: Cluster;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "holdpoint-cluster-"));
  cluster = { binaries: findBinaries(), dir: path.join(root, "postgres"), logFile: path.join(root, "log") };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("a cluster", () => {
  // mkdtemp's folder is closed to others, like /root: as root, the server's user may only pass through it.
  it("starts below a folder that only we may enter, wants its password, and goes on after a crash", async () => {
    await initCluster(cluster, "the password of a test");
    expect(statSync(cluster.dir).uid === 0).toBe(false);
    const port = await freePort();
    const first = await startServer(cluster, port, {});
    const url = (password: string): string =>
      `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
    const run = async (sql: string): Promise<unknown[]> => {
      const client = new pg.Client({ connectionString: url("the password of a test") });
      await client.connect();
      const { rows } = await client.query<Record<string, unknown>>(sql);
      await client.end();
      return rows;
    };
    await run("create table kept (n int); insert into kept values (1)");
    const wrong = new pg.Client({ connectionString: url("wrong") });
    await expect(wrong.connect()).rejects.toMatchObject({ code: "28P01" });
    process.kill(first.pid, "SIGKILL");
    await first.ended;
    const second = await startServer(cluster, port, {});
    expect(await run("select n from kept")).toEqual([{ n: 1 }]);
    await second.stop();
    expect(await second.ended).toEqual({ code: 0, signal: null });
  });

  it.runIf(isRoot)("never runs as root, and goes on as the user who made its folder", async () => {
    await initCluster(cluster, "the password of a test");
    const server = await startServer(cluster, await freePort(), {});
    expect(statSync(`/proc/${server.pid}`).uid).not.toBe(0);
    await server.stop();
    const [uid, gid] = [12_345, 12_345];
    execFileSync("chown", ["-R", `${uid}:${gid}`, cluster.dir]);
    const again = await startServer(cluster, await freePort(), {});
    expect(statSync(`/proc/${again.pid}`).uid).toBe(uid);
    await again.stop();
  });

  it("says in one sentence why the server did not start", async () => {
    await initCluster(cluster, "the password of a test");
    await expect(startServer(cluster, await freePort(), { shared_buffers: "nonsense" })).rejects.toThrow(
      /^PostgreSQL did not start: .*shared_buffers/,
    );
  });
});
