import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isJobDefinition } from "@holdpoint/sdk";
import type { Catalogue } from "./catalogue.ts";
import { findSdkFromAnywhere } from "./find-sdk.ts";

/** Every file of the handlers' folder that could not be used, one sentence each. */
export class HandlersError extends Error {
  override readonly name = "HandlersError";
  readonly problems: readonly string[];
  constructor(folder: string, problems: readonly string[]) {
    super(`Handlers in ${folder} are not in order:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/**
 * Loads every `*.ts` and `*.js` file of the folder (not below it) that default-exports what `defineJob` answers.
 * `*.example.*`, `*.test.*` and `*.d.ts` are left out. Throws a HandlersError that names every file at fault.
 */
export async function loadHandlers(folder: string, named: boolean, catalogue: Catalogue): Promise<number> {
  findSdkFromAnywhere();
  const files = listHandlers(folder, named);
  const problems: string[] = [];
  let loaded = 0;
  for (const file of files) {
    const path = join(folder, file);
    try {
      const module: unknown = await import(pathToFileURL(path).href);
      const definition =
        typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
      if (!isJobDefinition(definition)) {
        problems.push(`${file}: its default export is not a job type; write \`export default defineJob({…})\``);
        continue;
      }
      catalogue.add(definition, path, createHash("sha256").update(readFileSync(path)).digest("hex"));
      loaded += 1;
    } catch (error) {
      problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) throw new HandlersError(folder, problems);
  return loaded;
}

function listHandlers(folder: string, named: boolean): string[] {
  if (!isFolder(folder)) {
    if (named) throw new HandlersError(folder, ["the folder that HOLDPOINT_HANDLERS names does not exist"]);
    return [];
  }
  return readdirSync(folder)
    .filter((file) => /\.(ts|js|mjs)$/.test(file) && !/\.(example|test|d)\.[a-z]+$/.test(file))
    .toSorted();
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // Not there.
  }
}
