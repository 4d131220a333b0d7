/**
 * `pnpm verify`: format, lint, types, dead code, side by side; no database, seconds. Prints what each check complains
 * of and one line per check. Exit code 0: all clean; 1: not.
 */
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules/.bin");

const CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ["format", "oxfmt", "--check", "."],
  ["lint", "oxlint", "--type-aware", "--format=stylish", "."],
  ["types", "turbo", "run", "typecheck", "--output-logs=errors-only", "--continue"],
  ["dead code", "knip", "--no-config-hints"],
];

interface Outcome {
  name: string;
  ok: boolean;
  output: string;
  seconds: number;
}

function check([name, program = "", ...args]: (typeof CHECKS)[number]): Promise<Outcome> {
  const start = performance.now();
  const env = { ...process.env, PATH: [bin, process.env["PATH"]].join(delimiter), TURBO_TELEMETRY_DISABLED: "1" };
  return new Promise((resolve, reject) => {
    const child = spawn(join(bin, program), args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (text: Buffer) => (output += text.toString()));
    child.stderr.on("data", (text: Buffer) => (output += text.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ name, ok: code === 0, output, seconds: (performance.now() - start) / 1000 });
    });
  });
}

const outcomes = await Promise.all(CHECKS.map(check));
for (const outcome of outcomes.filter((o) => !o.ok)) console.log(`\n── ${outcome.name}\n\n${outcome.output.trim()}`);
console.log("");
for (const { name, ok, seconds } of outcomes) {
  console.log(`  ${ok ? "ok  " : "FAIL"} ${name.padEnd(10)} ${seconds.toFixed(1).padStart(5)} s`);
}
process.exitCode = outcomes.every((outcome) => outcome.ok) ? 0 : 1;
