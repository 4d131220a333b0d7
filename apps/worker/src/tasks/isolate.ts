import { mkdir, rename } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

/** Where artifacts in quarantine lie, below the artifact store: no download looks here. */
export const QUARANTINE_FOLDER = ".quarantine";

/** Moves all that a job kept. False: there is nothing here (it kept no artifact, or another machine has it). */
export function isolateJob(artifactsDir: string, venture: string, jobId: string): Promise<boolean> {
  return move(
    join(artifactsDir, venture, jobId),
    join(artifactsDir, QUARANTINE_FOLDER, venture, `${jobId}-${Date.now()}`),
  );
}

/** Moves one artifact's file, by its path in the store. False: it is not here, or the path leads out of the store. */
export async function isolateFile(artifactsDir: string, path: string): Promise<boolean> {
  const from = resolve(artifactsDir, path);
  const inside = relative(artifactsDir, from);
  if (inside === "" || inside.startsWith("..") || inside.startsWith(QUARANTINE_FOLDER)) return false;
  return move(from, join(artifactsDir, QUARANTINE_FOLDER, `${inside}-${Date.now()}`));
}

async function move(from: string, to: string): Promise<boolean> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
