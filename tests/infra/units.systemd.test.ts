import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LANES } from "@holdpoint/policy";

const run = promisify(execFile);
const source = join(import.meta.dirname, "../../infra/hetzner/systemd");
const NODE_ON_A_SERVER = "/opt/holdpoint/node_modules/.bin/node";

/** Exit code and output of systemd-analyze; a finding is an exit code, not an exception. */
async function analyze(...args: string[]): Promise<{ code: number; output: string }> {
  return run("systemd-analyze", ["--no-pager", ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
}

let folder: string;

/** The template and its drop-ins as instances of each lane, with a node that this machine has. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdpoint-units-"));
  await cp(source, folder, { recursive: true });
  const template = await readFile(join(source, "holdpoint-worker@.service"), "utf8");
  expect(template).toContain(NODE_ON_A_SERVER);
  await rm(join(folder, "holdpoint-worker@.service"));
  for (const lane of LANES) {
    await writeFile(
      join(folder, `holdpoint-worker@${lane}.service`),
      template.replaceAll(NODE_ON_A_SERVER, process.execPath),
    );
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(LANES)("holdpoint-worker@%s.service", (lane) => {
  // Exposure by systemd's own scale, times ten. The build lane may make namespaces and mounts: it runs the sandbox.
  const most = lane === "build" ? 32 : 20;

  it("has no unknown key and no misspelt value", async () => {
    const { code, output } = await analyze(
      "verify",
      "--recursive-errors=no",
      "--man=no",
      join(folder, `holdpoint-worker@${lane}.service`),
    );
    expect(output).toBe("");
    expect(code).toBe(0);
  });

  it(`is exposed to at most ${most / 10} of 10`, async () => {
    const { code, output } = await analyze(
      "security",
      "--offline=yes",
      `--threshold=${most}`,
      join(folder, `holdpoint-worker@${lane}.service`),
    );
    expect(output.split("\n").find((line) => line.includes("Overall exposure"))).toBeDefined();
    expect(code, output).toBe(0);
  });
});

describe("the unit files", () => {
  it("the check itself sees a misspelt key", async () => {
    const file = join(folder, "holdpoint-broken.service");
    await writeFile(file, `[Service]\nExecStart=${process.execPath}\nProtectSytem=strict\n`);
    const { code, output } = await analyze("verify", "--recursive-errors=no", "--man=no", file);
    expect(code).not.toBe(0);
    expect(output).toContain("ProtectSytem");
  });

  it("drop-ins belong to lanes that exist", async () => {
    const names = (await readdir(source)).filter((name) => name.endsWith(".service.d"));
    const lanes = names.map((name) => /^holdpoint-worker@(\w+)\.service\.d$/.exec(name)?.[1]);
    for (const lane of lanes) expect(LANES).toContain(lane);
  });

  it("systemd waits longer for the worker than the worker waits for its runs", async () => {
    const template = await readFile(join(source, "holdpoint-worker@.service"), "utf8");
    const worker = await readFile(join(import.meta.dirname, "../../apps/worker/src/main.ts"), "utf8");
    const ours = Number(/LEAVE_LIMIT_MS = ([\d_]+)/.exec(worker)?.[1]?.replaceAll("_", ""));
    const systemds = Number(/^TimeoutStopSec=(\d+)s$/m.exec(template)?.[1]) * 1000;
    expect(systemds).toBeGreaterThan(2 * ours);
    expect(template).toMatch(/^Type=notify$/m);
    expect(template).toMatch(/^KillMode=mixed$/m);
  });
});
