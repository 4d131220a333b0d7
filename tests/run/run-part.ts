import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Part } from "./parts.ts";
import { NOTHING, readPlaywright, readVitest, type Totals } from "./totals.ts";

export interface PartResult {
  name: string;
  totals: Totals;
  ok: boolean;
  /** Why it failed or was left out, beyond the counted tests. */
  note?: string;
  seconds: number;
}

interface Surroundings {
  root: string;
  reports: string;
  ci: boolean;
  env: NodeJS.ProcessEnv;
}

const installed = (program: string, path: string) =>
  path.split(delimiter).some((folder) => existsSync(join(folder, program)));

function execute(command: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined) throw new Error("A part without a command.");
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

async function count(part: Part, jsonFile: string): Promise<Totals> {
  if (part.counts === null) return NOTHING;
  const report: unknown = JSON.parse(await readFile(jsonFile, "utf8"));
  return part.counts === "vitest" ? readVitest(report) : readPlaywright(report);
}

/** Judges a finished part: exit code, counts, and in CI that something ran and nothing was skipped. */
export function judge(part: Part, code: number, totals: Totals, ci: boolean): { ok: boolean; note?: string } {
  if (totals.failed > 0) return { ok: false, note: `${totals.failed} failed` };
  if (code !== 0) return { ok: false, note: `exit code ${code}` };
  if (ci && totals.skipped > 0) return { ok: false, note: `${totals.skipped} skipped, which CI does not allow` };
  if (ci && part.counts !== null && totals.passed === 0) return { ok: false, note: "ran no test" };
  return { ok: true };
}

/** Runs one part to its end and counts its tests from the runner's own report. Never throws. */
export async function runPart(part: Part, around: Surroundings): Promise<PartResult> {
  const start = performance.now();
  const done = (totals: Totals, verdict: { ok: boolean; note?: string }): PartResult => ({
    name: part.name,
    totals,
    seconds: (performance.now() - start) / 1000,
    ...verdict,
  });
  if (part.needs !== undefined && !installed(part.needs, around.env["PATH"] ?? "")) {
    return done(NOTHING, { ok: !around.ci, note: `left out: ${part.needs} is not installed` });
  }
  const jsonFile = join(around.reports, `${part.name}.json`);
  try {
    const code = await execute(part.command(jsonFile), around.root, { ...around.env, ...part.env?.(jsonFile) });
    const totals = part.counts !== null && !existsSync(jsonFile) ? null : await count(part, jsonFile);
    if (totals === null) return done(NOTHING, { ok: false, note: `exit code ${code} and no report` });
    return done(totals, judge(part, code, totals, around.ci));
  } catch (error) {
    return done(NOTHING, { ok: false, note: error instanceof Error ? error.message : String(error) });
  }
}
