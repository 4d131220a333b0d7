import "server-only";
import { installationMode, workerLabel, type Label, type Mode } from "@holdpoint/policy";
import { readNowFacts, stopStatus, type NowFacts, type Stop } from "@holdpoint/db/people";
import { cache } from "react";
import { webEnvironment } from "../../env.ts";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

/** What every page is computed from: workers, blocks, counts, running work. Once per request. */
export const readFacts = cache((): Promise<Result<NowFacts>> =>
  attempt(async () => readNowFacts(await operatorClient())),
);

export const readStops = cache((): Promise<Result<Stop[]>> => attempt(async () => stopStatus(await operatorClient())));

type Worker = NowFacts["workers"][number];
export interface WorkerView extends Worker {
  label: ReturnType<typeof workerLabel>;
}

/** Each worker with the label that its heartbeat and progress give it, by the database's clock. */
export function labelWorkers(facts: NowFacts): WorkerView[] {
  const now = Date.parse(facts.now);
  const leaseMs = facts.settings.lease_ms;
  return facts.workers.map((worker) => {
    const { name, heartbeat_at, ended_at, draining, standby, progress } = worker;
    const endedAt = ended_at === null ? null : Date.parse(ended_at);
    const heartbeatAt = Date.parse(heartbeat_at);
    return {
      ...worker,
      label: workerLabel(
        { name, leaseMs, heartbeatAt, endedAt, draining, standby, killed: worker.killed_at !== null, progress },
        now,
      ),
    };
  });
}

export interface ModeView {
  mode: Mode | "UNKNOWN";
  sentence: string;
  label: Label;
  workers: number;
  liveWorkers: number;
  stops: Stop[];
}

const MODE_LABELS: Readonly<Record<Mode, Label>> = {
  DEMO: "DEMO",
  LOCAL: "LIVE",
  "READINESS ONLY": "NOT RUNNING",
  RUNNING: "LIVE",
  DEGRADED: "FAILING",
  PAUSED: "PAUSED",
  STOPPED: "STOPPED",
};

/** The mode of the installation, from what can be read now. What can't be read never makes it look better. */
export const readMode = cache(async (): Promise<ModeView> => {
  const [facts, stops] = await Promise.all([readFacts(), readStops()]);
  if (!facts.ok || !stops.ok) {
    const sentence = facts.ok ? (stops.ok ? "" : stops.error.message) : facts.error.message;
    const known = stops.ok ? stops.data : [];
    return { mode: "UNKNOWN", sentence, label: "NOT VERIFIED", workers: 0, liveWorkers: 0, stops: known };
  }
  const workers = labelWorkers(facts.data).filter((worker) => worker.ended_at === null);
  const liveWorkers = workers.filter((worker) => worker.label.label === "LIVE").length;
  const { mode, sentence } = installationMode({
    local: webEnvironment().config?.local ?? false,
    demoOnly: false,
    stopped: stops.data.some((stop) => stop.scope === "everything"),
    paused: facts.data.blocks.some((block) => block.kind === "pause" && block.scope === "everything"),
    workers: workers.length,
    liveWorkers,
    failingChecks: [],
  });
  return { mode, sentence, label: MODE_LABELS[mode], workers: workers.length, liveWorkers, stops: stops.data };
});
