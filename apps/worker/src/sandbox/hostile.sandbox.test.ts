/** Commands that try to get out, or to hurt the machine, in the sandbox that this machine really has. */
import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type {} from "@holdpoint/local/testing";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { bubblewrap } from "./bubblewrap.ts";
import { probeIsolation } from "./index.ts";
import type { Isolation } from "./index.ts";
import { MiB, processesNaming, runIn } from "./testing/run-in.ts";
import { findToolchain } from "./toolchain.ts";

let isolation: Isolation;
let dataDir: string;
let server: Server;
let socketServer: Server;

beforeAll(async () => {
  process.env["HOLDPOINT_TEST_SECRET"] = "the-workers-secret";
  dataDir = await mkdtemp(join(tmpdir(), "holdpoint-data-"));
  await chmod(dataDir, 0o755); // the sandbox must hide it, not the file mode
  await writeFile(join(dataDir, "session.json"), "the-operators-session", { mode: 0o644 });
  server = createServer((socket) => socket.end("the-loopback\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  socketServer = createServer((socket) => socket.end("the-socket\n"));
  await new Promise<void>((resolve) => socketServer.listen(join(dataDir, "s.sock"), resolve));
  isolation = await probeIsolation({ hidden: [dataDir] });
});

afterAll(async () => {
  delete process.env["HOLDPOINT_TEST_SECRET"];
  server.close();
  socketServer.close();
  await rm(dataDir, { recursive: true });
});

const run = (command: string, more: Parameters<typeof runIn>[2] = {}) => runIn(isolation.provider, command, more);

/** A node program that answers whether it could connect. */
const connects = (target: string): string =>
  `node -e 'require("net").connect(${target}).on("data",d=>{console.log("GOT "+d);process.exit()}).on("connect",()=>console.log("CONNECTED")).on("error",e=>console.log(e.code)).setTimeout(2000,()=>{console.log("TIMEOUT");process.exit()})'`;

test("the probe has found a sandbox that holds", () => {
  expect(isolation).toMatchObject({ name: "bubblewrap", isolated: true });
  expect(isolation.tried).toEqual([{ name: "bubblewrap", works: true, reason: "holds" }]);
});

describe("what it must not see", () => {
  test("the worker's environment, its own and by /proc", async () => {
    const { stdout } = await run("env; cat /proc/*/environ /proc/[0-9]*/task/*/environ 2>/dev/null | tr '\\0' '\\n'");
    expect(stdout).toContain("HOME=/tmp");
    expect(stdout).not.toContain("the-workers-secret");
    expect(stdout).not.toContain("HOLDPOINT_TEST");
  });

  test("other processes, and their command lines", async () => {
    const other = spawn("sleep", ["98765"], { stdio: "ignore" });
    try {
      const { stdout } = await run("cat /proc/[0-9]*/cmdline | tr '\\0' ' '; echo; ls -d /proc/[0-9]* | wc -l");
      expect(stdout).not.toContain("98765");
      expect(Number(stdout.trim().split("\n").at(-1))).toBeLessThan(8);
      await run(`kill -9 ${other.pid}; kill -9 ${process.pid}; kill -9 -1`);
      expect(other.exitCode).toBeNull();
    } finally {
      other.kill("SIGKILL");
    }
  });

  test("the data folder with the operator's session, the home, the host's temporary files", async () => {
    const { stdout } = await run(
      `cat ${dataDir}/session.json; ls -A ${dataDir} ${homedir()} /home /root /etc/shadow /etc/passwd /run /var 2>&1; ls /tmp; ls /`,
    );
    expect(stdout).not.toContain("the-operators-session");
    expect(stdout).not.toContain("session.json");
    const found = stdout.split("\n").filter((line) => !line.includes("No such file"));
    expect(found.filter((line) => line !== "")).toEqual(
      expect.arrayContaining(["bin", "dev", "etc", "proc", "tmp", "usr", "work"]),
    );
    expect(found).not.toContain("root");
    expect(found).not.toContain("home");
  });

  test("PostgreSQL's port, a server on the loopback, a socket in the data folder, an abstract one", async () => {
    const postgres = new URL(inject("postgresAdminUrl")).port;
    const { port } = server.address() as AddressInfo;
    for (const target of [`${postgres},"127.0.0.1"`, `${port},"127.0.0.1"`, `${port},"::ffff:127.0.0.1"`]) {
      expect((await run(connects(target))).stdout).toBe("ECONNREFUSED\n");
    }
    expect((await run(connects(`"${join(dataDir, "s.sock")}"`))).stdout).toBe("ENOENT\n");
  });

  test("the metadata address, or any network at all", async () => {
    for (const address of ["169.254.169.254", "1.1.1.1", "10.0.2.2"]) {
      expect((await run(connects(`80,"${address}"`))).stdout).toBe("ENETUNREACH\n");
    }
    expect((await run("tail -n +3 /proc/net/dev | cut -d: -f1")).stdout.trim()).toBe("lo");
  });

  test("descriptors of the worker", async () => {
    const { stdout } = await run("ls /proc/self/fd | sort -n | tr '\\n' ' '");
    expect(stdout.trim()).toBe("0 1 2 3"); // 3 is ls reading that folder
  });
});

describe("what it must not do", () => {
  test("write anywhere but its work folder and /tmp", async () => {
    const { stdout } = await run(
      "for f in / /usr /etc /dev /proc /proc/sys/kernel /bin /opt; do (: > $f/x) 2>/dev/null && echo $f; done; : > /work/x && : > /tmp/x && echo wrote",
    );
    expect(stdout).toBe("wrote\n");
  });

  test("get more rights: no capabilities, no new user namespace, no mount, no setuid", async () => {
    const { stdout } = await run(
      "grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status; unshare --user true && echo userns; mount -t tmpfs x /tmp && echo mounted; su -c 'echo su' && echo su",
    );
    expect(stdout).toMatch(/CapEff:\t0+\nCapBnd:\t0+\nNoNewPrivs:\t1\n$/);
  });

  test("a fork bomb never has more processes than it may, and ends with the sandbox", async () => {
    let most = 0;
    const marker = `5432${process.pid}`;
    const watching = setInterval(() => {
      void processesNaming(marker).then((pids) => (most = Math.max(most, pids.length)));
    }, 50);
    const command = `sh -c 'while :; do sleep ${marker} & done'; sleep 30`;
    const { result, stderr } = await run(command, { limits: { timeoutMs: 2000, processes: 40 } });
    clearInterval(watching);
    expect(result).toMatchObject({ end: "killed", why: "timeout" });
    expect(stderr).toMatch(/Cannot fork/);
    expect(most).toBeGreaterThan(20);
    expect(most).toBeLessThanOrEqual(44); // with bubblewrap itself, outside
    expect(await processesNaming(marker)).toEqual([]);
  });

  test("the classic fork bomb is over when its time is", async () => {
    const marker = `bomb${process.pid}`;
    const { result } = await run(`${marker}() { ${marker} | ${marker} & }; ${marker}; sleep 30`, {
      limits: { timeoutMs: 1500, processes: 40 },
    });
    expect(result).toMatchObject({ end: "killed", why: "timeout" });
    expect(await processesNaming(marker)).toEqual([]);
  });

  test.each(["/work/fill", "/tmp/fill", "/dev/shm/fill"])("fill the disk through %s", async (file) => {
    const before = await statfs(tmpdir());
    const { stdout, stderr } = await run(`head -c 500000000 /dev/zero > ${file}; wc -c < ${file}`);
    expect(stderr).toMatch(/No space left on device/);
    expect(Number(stdout)).toBeLessThanOrEqual(32 * MiB);
    const after = await statfs(tmpdir());
    expect((before.bavail - after.bavail) * after.bsize).toBeLessThan(200 * MiB);
  });

  test("fill the disk with many small files", async () => {
    const { stdout } = await run(
      "i=0; while head -c 65536 /dev/zero > /work/f$i 2>/dev/null; do i=$((i+1)); done; echo $i",
    );
    expect(Number(stdout)).toBeLessThanOrEqual(512);
  });

  test("take more memory than it may, in one process or in many", async () => {
    const eat = `node -e 'const a=[];for(let i=0;i<80;i++)a.push(Buffer.alloc(1e7,1));console.log("ATE");setTimeout(()=>0,1e4)'`;
    const one = await run(eat, { limits: { memoryBytes: 200 * MiB } });
    expect(one.result).toMatchObject({ end: "killed", why: "memory" });
    expect(one.stdout).not.toContain("ATE");
    const small = `node -e 'const a=Buffer.alloc(9e7,1);setTimeout(()=>console.log(a.length),8e3)'`;
    const many = await run(`${Array.from({ length: 5 }, () => `${small} &`).join(" ")} wait; echo all`, {
      limits: { memoryBytes: 250 * MiB },
    });
    expect(many.result).toMatchObject({ end: "killed", why: "memory" });
    expect(many.stdout).not.toContain("all");
  });

  test("take more memory than it may where there are no control groups", async () => {
    const watched = bubblewrap({ toolchain: await findToolchain([dataDir], process.getuid?.() === 0), groups: null });
    const eat = `node -e 'globalThis.a=Buffer.alloc(9e7,1);setTimeout(()=>0,2e4)'`;
    const { result } = await runIn(watched, `${eat} & ${eat} & ${eat} & ${eat} & wait`);
    expect(result).toMatchObject({ end: "killed", why: "memory" });
    const fine = await runIn(watched, "node -p 6*7");
    expect(fine.stdout).toBe("42\n");
  });

  test("drown the log: 100 MB are read, head and tail are kept, the cut is stated", async () => {
    const { result, stdout, ms } = await run("echo first; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last", {
      limits: { outputHeadBytes: 10_000, outputTailBytes: 5000 },
    });
    expect(result).toMatchObject({ end: "exited", code: 0, stdoutBytes: 100_000_012 });
    expect(stdout.length).toBeLessThan(15_200);
    expect(stdout).toMatch(/^first\nx+\n\[holdpoint: \d+ of 100000012 bytes cut here; [^\n]+\]\nx+\nlast\n$/);
    expect(ms).toBeLessThan(20_000);
  });

  test("go on printing past the limit at which it is killed", async () => {
    const { result } = await run("yes", { limits: { outputKillBytes: 5 * MiB } });
    expect(result).toMatchObject({ end: "killed", why: "output" });
  });
});

describe("how it ends", () => {
  test("for ever is until the timeout", async () => {
    const { result, ms } = await run("while :; do sleep 0.1; done", { limits: { timeoutMs: 700 } });
    expect(result).toMatchObject({ end: "killed", why: "timeout" });
    expect(ms).toBeLessThan(10_000);
  });

  test("a cancel is a SIGTERM that it can act on", async () => {
    const cancel = new AbortController();
    const { result, stdout } = await run("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done", {
      signal: cancel.signal,
      limits: { graceMs: 10_000 },
      onStdout: (text) => text.includes("up") && cancel.abort(),
    });
    expect(result).toMatchObject({ end: "killed", why: "aborted" });
    expect(stdout).toBe("up\nbye\n");
  });

  test("what ignores SIGTERM, and daemons that left their parent and session, are killed with it", async () => {
    const cancel = new AbortController();
    const marker = `7654${process.pid}`;
    const { result } = await run(
      `trap '' TERM HUP INT; setsid sh -c "trap '' TERM; sleep ${marker}" & (sleep ${marker} &) & echo up; while :; do sleep ${marker}; done`,
      { signal: cancel.signal, onStdout: (text) => text.includes("up") && cancel.abort() },
    );
    expect(result).toMatchObject({ end: "killed", why: "aborted" });
    expect(await processesNaming(marker)).toEqual([]);
  });

  test("a daemon that outlives its command ends with the sandbox", async () => {
    const marker = `8765${process.pid}`;
    const { result } = await run(`setsid sleep ${marker} & echo ok`);
    expect(result).toMatchObject({ end: "exited", code: 0 });
    expect(await processesNaming(marker)).toEqual([]);
  });

  test("a signal that is aborted already runs nothing for long", async () => {
    const { result } = await run("sleep 1000", { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ end: "killed", why: "aborted" });
  });

  test("nothing is left when the worker is killed with SIGKILL", async () => {
    const marker = `9876${process.pid}`;
    const worker = spawn(process.execPath, [join(import.meta.dirname, "testing/sleeper.ts"), marker], {
      stdio: "ignore",
      env: { ...process.env, TMPDIR: dataDir },
    });
    await vi.waitFor(async () => expect(await processesNaming(`sleep ${marker}`.replace(" ", "\0"))).not.toEqual([]), {
      timeout: 20_000,
      interval: 50,
    });
    worker.kill("SIGKILL");
    await vi.waitFor(async () => expect(await processesNaming(marker)).toEqual([]), { timeout: 10_000, interval: 50 });
  });

  test("a folder that does not fit is said so before anything runs", async () => {
    const { result, stdout } = await run("echo ran", {
      files: { big: "x".repeat(3 * MiB) },
      limits: { workBytes: 1 * MiB },
    });
    expect(result).toMatchObject({ end: "not_started", why: "unfit" });
    expect(stdout).toBe("");
  });
});

describe("what comes out", () => {
  const output = (from: string, maxBytes = 10 * MiB) => ({
    ...{ file: join(dataDir, "out.tar"), from, maxBytes, mtimeSeconds: 1_700_000_000 },
  });

  test("the same tree gives the same tar", async () => {
    const make = (command: string) => run(command, { output: output("dist") });
    const a = await make("mkdir dist; echo 1 > dist/a; echo 2 > dist/b");
    const b = await make("mkdir dist; echo 2 > dist/b; sleep 0.02; echo 1 > dist/a");
    expect(a.result.output?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(b.result.output).toEqual(a.result.output);
  });

  test("a missing folder and too much are told apart", async () => {
    expect((await run("true", { output: output("dist") })).result).toMatchObject({
      end: "not_packed",
      message: "There is no folder dist that could be packed.",
    });
    const large = await run("mkdir dist; head -c 2000000 /dev/zero > dist/x", { output: output("dist", 1000) });
    expect(large.result).toMatchObject({
      end: "not_packed",
      message: expect.stringMatching(/more than the 1000 allowed/),
    });
  });

  test("a command that fails keeps nothing", async () => {
    const { result } = await run("mkdir dist; exit 3", { output: output("dist") });
    expect(result).toMatchObject({ end: "exited", code: 3, output: null });
  });

  test("its streams can be opened by name, and its exit code is its own", async () => {
    const { result, stdout, stderr } = await run("echo out > /dev/stdout; echo err > /dev/stderr; exit 42");
    expect({ stdout, stderr }).toEqual({ stdout: "out\n", stderr: "err\n" });
    expect(result).toMatchObject({ end: "exited", code: 42 });
  });
});
