import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { droppedRanges, removableJobs } from "@holdpoint/db/runtime";
import type { IdRange } from "@holdpoint/db/runtime";
import type { Access } from "../runtime/databases.ts";
import { QUARANTINE_FOLDER } from "../tasks/isolate.ts";

const JOBS_AT_ONCE = 500;
/** A job's folder; in quarantine with the time of it. */
const JOB_FOLDER = /^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})(-\d+)?$/;

/**
 * Removes what jobs of dropped months kept in this machine's artifact store. It starts from the folders that are there,
 * so whatever a crash leaves is found again; and the database, which dropped the month before, says for each job whether
 * anything still refers to it. Answers how many folders went.
 */
export async function sweepArtifacts(folder: string, { databases, caller }: Access): Promise<number> {
  const ranges = await droppedRanges(databases.work, caller);
  if (ranges.length === 0) return 0;
  const folders = await jobFolders(folder, ranges);
  const jobs = [...folders.keys()];
  let removed = 0;
  for (let at = 0; at < jobs.length; at += JOBS_AT_ONCE) {
    for (const job of await removableJobs(databases.work, caller, jobs.slice(at, at + JOBS_AT_ONCE))) {
      for (const path of folders.get(job) ?? []) {
        await rm(path, { recursive: true, force: true });
        removed += 1;
      }
    }
  }
  return removed;
}

/** The folders of jobs of those months, by job: below their ventures, and below the ventures in quarantine. */
async function jobFolders(store: string, ranges: readonly IdRange[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const root of [store, join(store, QUARANTINE_FOLDER)]) {
    for (const venture of await foldersIn(root)) {
      if (venture === QUARANTINE_FOLDER) continue;
      for (const name of await foldersIn(join(root, venture))) {
        const job = JOB_FOLDER.exec(name)?.[1];
        if (job === undefined || !ranges.some(({ first, ends }) => job >= first && job < ends)) continue;
        found.set(job, [...(found.get(job) ?? []), join(root, venture, name)]);
      }
    }
  }
  return found;
}

/** Names of the folders in a folder; a link is none. None when it is not there. */
async function foldersIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
