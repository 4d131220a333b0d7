import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { check, type Checker } from "./check.ts";

/** `build` fetches with git. */
export const checkGit: Checker = async () => {
  try {
    const { stdout } = await promisify(execFile)("git", ["--version"], { timeout: 5_000 });
    return [check("git", "pass", `${stdout.trim()}.`)];
  } catch {
    return [check("git", "warn", "MISSING: builds on this machine cannot fetch a repository.", "Install git.")];
  }
};
