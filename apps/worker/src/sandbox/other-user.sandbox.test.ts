import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test("the sandbox works for a worker that is not root", async () => {
  const script = [process.execPath, join(import.meta.dirname, "testing/as-other-user.ts")];
  const command =
    process.getuid?.() === 0 ? ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", ...script] : script;
  const [file = "", ...args] = command;
  const { stdout } = await run(file, args, { env: { PATH: process.env["PATH"], SECRET: "x", HOME: "/nonexistent" } });
  expect(JSON.parse(stdout)).toMatchObject({
    name: "bubblewrap",
    isolated: true,
    bomb: "killed",
    hello: "1000\n0\n2\n",
  });
});
