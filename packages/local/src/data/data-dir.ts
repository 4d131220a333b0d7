import { chmodSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { HoldpointError } from "@holdpoint/policy";
import { lockHolder, tryLock } from "./flock.ts";

/** Where everything of one local installation lies. */
export interface DataDir {
  root: string;
  postgres: string;
  secrets: string;
  logs: string;
  /** Lets go of the folder, so that another instance may take it. */
  release(): void;
}

/**
 * Makes the data folder and takes it for this process.
 * @throws HoldpointError conflict `already_running`, or `data_dir_unusable`.
 */
export function openDataDir(dir: string): DataDir {
  const root = path.resolve(dir);
  const paths = {
    root,
    postgres: path.join(root, "postgres"),
    secrets: path.join(root, "secrets"),
    logs: path.join(root, "logs"),
  };
  const lockFile = path.join(root, "lock");
  try {
    mkdirSync(root, { recursive: true });
    for (const folder of [paths.secrets, paths.logs]) {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o700);
    }
    // As root, the database runs as another user, who must be able to pass through.
    chmodSync(root, statSync(root).uid === 0 ? 0o711 : 0o700);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HoldpointError("conflict", "data_dir_unusable", `The data folder cannot be used: ${why}`, {
      field: "data-dir",
      remedy: "Choose another one with --data-dir.",
      cause: error,
    });
  }
  const lock = tryLock(lockFile);
  if (lock === null) {
    throw new HoldpointError(
      "conflict",
      "already_running",
      `Holdpoint is already running on ${root} (process ${lockHolder(lockFile)}).`,
      { field: "data-dir", remedy: "Stop that one first, or choose another folder with --data-dir." },
    );
  }
  return { ...paths, release: () => lock.release() };
}
