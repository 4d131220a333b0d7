import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { askAlert } from "@holdpoint/db/runtime";
import { word } from "./task.ts";
import type { TaskConsumer } from "./task.ts";

/** Where artifacts of quarantined jobs lie, below the artifact store: no download looks here. */
export const QUARANTINE_FOLDER = ".quarantine";

/** Output or payload is unsafe: takes the job's artifacts out of reach, then tells someone. */
export const quarantine: TaskConsumer = async (task, { access, artifactsDir }) => {
  const isolated = task.job_id === null ? false : await isolate(artifactsDir, task.venture, task.job_id);
  const reason = word(task, "reason", "unsafe_output");
  const alert = {
    kind: "job.quarantined",
    title: `A job in ${task.venture} is in quarantine (${reason.replaceAll("_", " ")})`,
  };
  await askAlert(access.databases.work, access.caller, task.id, alert, { reason, artifacts_isolated: isolated });
};

/** Moves the job's folder. False: there is none here (it kept no artifact, or another machine has it). */
async function isolate(artifactsDir: string, venture: string, jobId: string): Promise<boolean> {
  const target = join(artifactsDir, QUARANTINE_FOLDER, venture, `${jobId}-${Date.now()}`);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  try {
    await rename(join(artifactsDir, venture, jobId), target);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
