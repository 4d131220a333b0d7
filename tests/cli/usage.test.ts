import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createProgram } from "../../apps/cli/src/program.ts";
import { errorOf } from "./kit/expect.ts";
import { runCli } from "./kit/run-cli.ts";

test.each([
  [["stauts"], "unknown_command", "status"],
  [["jobs", "lst"], "unknown_command", "list"],
  [["jobs", "list", "--sate", "held"], "unknown_option", "--state"],
  [["submit", "echo", "--vnture", "acme"], "unknown_option", "--venture"],
  [["submit", "--venture", "acme"], "missing_argument", "type"],
  [["submit", "echo"], "missing_option", "--venture"],
  [["jobs", "show", "a", "b"], "excess_arguments", "show"],
  [["jobs", "list", "--limit", "0"], "bad_limit", "1 to 200"],
  [["status", "--time-zone", "Mars/Olympus"], "unknown_time_zone", "Europe/Berlin"],
])("%j is a usage error that says what was probably meant", async (args, reason, hint) => {
  const error = errorOf(await runCli([...args, "--json"]), 2, reason);
  expect(error.message + (error.remedy ?? "")).toContain(hint);
});

test("for people an error goes to standard error, with the way out, and standard output stays empty", async () => {
  const result = await runCli(["stauts"]);
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toContain("Did you mean status?");
  expect(result.stderr).toContain("try:");
  expect(result.stderr).not.toContain("\u001b");
});

/** Every command that does something, as its words. */
function leaves(): string[][] {
  const walk = (command: ReturnType<typeof createProgram>, words: string[]): string[][] =>
    command.commands.length === 0 ? [words] : command.commands.flatMap((one) => walk(one, [...words, one.name()]));
  return walk(createProgram(), []);
}

test("every command explains itself with examples, and is in docs/cli.md", async () => {
  const docs = readFileSync(join(import.meta.dirname, "../../docs/cli.md"), "utf8");
  const missing = leaves().filter((words) => !docs.includes(`holdpoint ${words.join(" ")}`));
  expect(missing).toEqual([]);
  for (const words of leaves()) {
    let help = "";
    const program = createProgram().configureOutput({ writeOut: (text) => void (help += text) });
    let command = program;
    for (const word of words) {
      const next = command.commands.find((one) => one.name() === word);
      if (!next) throw new Error(`no command ${word}`);
      command = next;
    }
    command.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp();
    expect(help, words.join(" ")).toContain("Examples:");
  }
});

test("a group without a command shows what it has, and is a usage error", async () => {
  const result = await runCli(["jobs"]);
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toContain("cancel");
});

test("--help and --version exit 0", async () => {
  expect(await runCli(["--help"])).toMatchObject({ code: 0, stderr: "" });
  expect(await runCli(["jobs", "list", "--help"])).toMatchObject({ code: 0, stderr: "" });
  expect((await runCli(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
