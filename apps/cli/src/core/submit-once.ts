import { submitJob, type JobRequest, type PeopleClient } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";

const TRIES = 3;

/**
 * Submits a job. When the answer is lost nobody knows whether the job is there: with an idempotency key the call is
 * repeated, which is harmless; without one the error says what to do.
 */
export async function submitOnce(
  client: PeopleClient,
  request: JobRequest,
): Promise<{ id: string; repeated: boolean; debounced: boolean }> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { id, state, repeated, debounced = false } = await submitJob(client, request);
      if (state !== "ended") return { id, repeated, debounced };
      throw new HoldpointError("conflict", "job_no_longer_kept", `This key was used for job ${id}, long ended.`, {
        field: "key",
        remedy: "Use a new key for a new job.",
      });
    } catch (error) {
      const lost = error instanceof HoldpointError && error.code === "unavailable";
      if (!lost) throw error;
      if (request.key !== undefined && attempt < TRIES) continue;
      throw new HoldpointError("unavailable", error.reason, `${error.message} The job may have been submitted.`, {
        remedy:
          request.key === undefined
            ? "Look: holdpoint jobs list. With --key a repeat is harmless."
            : "Repeat the same command: its key makes that harmless.",
        cause: error,
      });
    }
  }
}
