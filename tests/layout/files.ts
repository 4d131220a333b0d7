import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

export const root = join(import.meta.dirname, "../..");

const OUTSIDE = new Set(["node_modules", ".git", ".next", ".turbo", ".holdpoint", "test-results", "playwright-report"]);

/** Files below `folder` (paths from the root of the repository) whose name ends so. */
export async function filesEnding(ending: string, folder = root): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return OUTSIDE.has(entry.name) ? [] : filesEnding(ending, path);
      return entry.name.endsWith(ending) ? [relative(root, path)] : [];
    }),
  );
  return found.flat().toSorted();
}

export const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");
