import { existsSync } from "node:fs";
import path from "node:path";

/** The folder that holds this very program's sources. */
export const CHECKOUT = path.resolve(import.meta.dirname, "../../../..");

/** Whether the folder is a git repository (a file in a linked worktree). A tar of the sources is none. */
export function isGitCheckout(folder: string = CHECKOUT): boolean {
  return existsSync(path.join(folder, ".git"));
}

/** Whether a program is on the PATH. */
export function isInstalled(program: string, env: NodeJS.ProcessEnv = process.env): boolean {
  return (env["PATH"] ?? "")
    .split(path.delimiter)
    .some((folder) => folder !== "" && existsSync(path.join(folder, program)));
}
