import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { notIsolated } from "./none.ts";
import { MiB, processesNaming, runIn } from "./testing/run-in.ts";

const noted: string[] = [];
const provider = notIsolated({
  hasPrlimit: false,
  groups: { note: () => noted.push("note"), forget: () => noted.push("forget") },
});
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdpoint-none-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("says that it does not isolate, and clears the environment all the same", async () => {
  expect(provider.isolated).toBe(false);
  process.env["HOLDPOINT_TEST_SECRET"] = "the-workers-secret";
  const { result, stdout } = await runIn(provider, "env; node --version", { env: { EXTRA: "1" } });
  delete process.env["HOLDPOINT_TEST_SECRET"];
  expect(result).toMatchObject({ end: "exited", code: 0 });
  expect(stdout).toContain("EXTRA=1");
  expect(stdout).toContain(process.version);
  expect(stdout).not.toContain("the-workers-secret");
  expect(noted).toEqual(["note", "forget"]);
});

test("packs the output", async () => {
  const output = { file: join(folder, "out.tar"), from: "dist", maxBytes: MiB, mtimeSeconds: 1 };
  const packed = await runIn(provider, "mkdir dist; echo hi > dist/a", { output });
  expect(packed.result.output).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect((await runIn(provider, "true", { output })).result).toMatchObject({ end: "not_packed" });
  expect((await runIn(provider, "exit 3", { output })).result).toMatchObject({ end: "exited", code: 3 });
});

test("ends what runs too long, with daemons that left their parent and session", async () => {
  const marker = `6543${process.pid}`;
  const { result } = await runIn(provider, `trap '' TERM; setsid sleep ${marker} & sleep ${marker}`, {
    limits: { timeoutMs: 500, graceMs: 200 },
  });
  expect(result).toMatchObject({ end: "killed", why: "timeout" });
  expect(await processesNaming(marker)).toEqual([]);
});

test("does not wait for a daemon that took care to lose every mark", async () => {
  const marker = `7531${process.pid}`;
  const { result } = await runIn(provider, `(setsid env -i /bin/sleep ${marker} &) ; echo done`);
  expect(result).toMatchObject({ end: "exited", code: 0, stdoutBytes: 5 });
  for (const pid of await processesNaming(marker)) process.kill(pid, "SIGKILL");
});

test("ends what fills its folder, and what takes too much memory", async () => {
  const disk = await runIn(provider, "head -c 80000000 /dev/zero > fill; sleep 30", {
    limits: { workBytes: 10 * MiB },
  });
  expect(disk.result).toMatchObject({ end: "killed", why: "disk" });
  const eat = `node -e 'globalThis.a=Buffer.alloc(3e8,1);setTimeout(()=>0,2e4)'`;
  expect((await runIn(provider, eat)).result).toMatchObject({ end: "killed", why: "memory" });
});
