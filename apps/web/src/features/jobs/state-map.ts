import type { JobEvent } from "@holdpoint/db/people";
import { JOB_STATES, type JobState } from "@holdpoint/policy";

export interface Visit {
  state: JobState;
  at: string;
  /** The event that led here. */
  type: string;
  run: number | null;
}

/** Events that lead into a state without naming it. */
const INTO: Readonly<Record<string, JobState>> = {
  readmitted: "submitted",
  stopped: "queued",
  parked: "queued",
  snoozed: "queued",
  retry_planned: "queued",
  lost: "queued",
  "decision.approved": "queued",
  "decision.released": "queued",
  "decision.rejected": "rejected",
  "decision.discarded": "discarded",
};

/** The states a job has been in, in order, from its events. */
export function visits(events: readonly JobEvent[]): Visit[] {
  return events.flatMap((event) => {
    const state = stateAfter(event);
    return state ? [{ state, at: event.at, type: event.type, run: event.run }] : [];
  });
}

function stateAfter({ type, data }: JobEvent): JobState | undefined {
  if (typeof data === "object" && data !== null && "state" in data) {
    const named = JOB_STATES.find((state) => state === data.state);
    if (named) return named;
  }
  return JOB_STATES.find((state) => state === type) ?? INTO[type];
}

/** Where the job may still go, if all is well: shown grey on the map. */
export function ahead(state: JobState): JobState[] {
  const path: JobState[] = ["submitted", "queued", "running", "succeeded"];
  if (state === "held") return path.slice(1);
  const here = path.indexOf(state);
  return here === -1 ? [] : path.slice(here + 1);
}
