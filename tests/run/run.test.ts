import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { PARTS } from "./parts.ts";

const root = join(import.meta.dirname, "../..");

const run = (program: string, ...args: string[]) =>
  promisify(execFile)(program, args, { cwd: root }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

describe("tests/run.ts", () => {
  it("lists its parts in --help", async () => {
    const { code, stdout } = await run(process.execPath, "tests/run.ts", "--help");
    expect(code).toBe(0);
    for (const part of PARTS) expect(stdout).toMatch(new RegExp(`^  ${part.name} +\\S`, "m"));
  });

  it("refuses a part that does not exist, with the names of those that do", async () => {
    const { code, stderr } = await run(process.execPath, "tests/run.ts", "unti");
    expect(code).toBe(2);
    expect(stderr).toContain("No part called unti");
    expect(stderr).toContain("unit, ");
  });
});

it(".ci/run is a script that bash can read", async () => {
  expect((await run("bash", "-n", ".ci/run")).code).toBe(0);
});
