import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readAnchorFile, type Anchors } from "@holdpoint/db/audit";
import { HoldpointError } from "@holdpoint/policy";
import { localDataDir } from "../connection/find.ts";
import { hostedProject } from "../connection/hosted.ts";
import type { Context } from "./context.ts";

/** The anchors to compare with, and where they come from; null when none were named and there is no default. */
export interface FoundAnchors {
  path: string;
  anchors: Anchors;
}

/**
 * The anchor file of --anchors, else of HOLDPOINT_ANCHOR_FILE, else the local stack's own. A file that was named must be
 * there; a hosted project has no default, since its file lies on the worker's machine.
 */
export async function findAnchors(context: Context, named: string | undefined): Promise<FoundAnchors | null> {
  const path = named ?? (context.env["HOLDPOINT_ANCHOR_FILE"] || undefined);
  if (path !== undefined) {
    const file = resolve(context.cwd, path);
    if (await isFile(file)) return { path: file, anchors: await readAnchorFile(file) };
    throw new HoldpointError("invalid", "no_anchor_file", `There is no anchor file ${file}.`, {
      field: "anchors",
      remedy: "Name the file that the worker's machine keeps (HOLDPOINT_ANCHOR_FILE), or a copy of it.",
    });
  }
  if (context.dataDir === undefined && hostedProject(context.env)) return null;
  const file = join(await localDataDir(context), "anchors", "checkpoints.jsonl");
  return (await isFile(file)) ? { path: file, anchors: await readAnchorFile(file) } : null;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
