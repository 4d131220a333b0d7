import { readNowFacts, type NowFacts, type PeopleClient } from "@holdpoint/db/people";
import { installationMode, workerLabel, type Mode, type WorkerLabel } from "@holdpoint/policy";

export interface FleetWorker {
  id: string;
  name: string;
  host: string;
  lanes: string[];
  slots: number;
  version: string;
  label: WorkerLabel;
  /** Registered, but enough others work: it takes over when one of them leaves. */
  standby: boolean;
  /** It finishes what it runs, then leaves. */
  draining: boolean;
  killed_at: string | null;
  /** The sentence behind the label. */
  because: string;
  isolation: string;
  started_at: string;
  heartbeat_at: string;
}

export interface Fleet {
  now: string;
  mode: Mode;
  sentence: string;
  counts: NowFacts["counts"];
  workers: FleetWorker[];
  blocks: NowFacts["blocks"];
}

/** The state of the fleet with its computed labels and mode, all against the database's clock. */
export async function readFleet(client: PeopleClient, local = false): Promise<Fleet> {
  const facts = await readNowFacts(client);
  const now = Date.parse(facts.now);
  const workers = facts.workers
    .filter((worker) => worker.ended_at === null)
    .map((worker): FleetWorker => {
      const {
        id,
        name,
        host,
        lanes,
        slots,
        version,
        isolation,
        started_at,
        heartbeat_at,
        draining,
        standby,
        killed_at,
        progress,
      } = worker;
      const labeled = workerLabel(
        {
          name,
          leaseMs: facts.settings.lease_ms,
          heartbeatAt: Date.parse(heartbeat_at),
          endedAt: null,
          draining,
          standby,
          killed: killed_at !== null,
          progress,
        },
        now,
      );
      const { label, because } = labeled;
      return {
        id,
        name,
        host,
        lanes,
        slots,
        version,
        label,
        standby,
        draining,
        killed_at,
        because,
        isolation,
        started_at,
        heartbeat_at,
      };
    });
  const everything = facts.blocks.filter((block) => block.scope === "everything");
  const { mode, sentence } = installationMode({
    local,
    demoOnly: false,
    stopped: everything.some((block) => block.kind === "stop"),
    paused: everything.some((block) => block.kind === "pause"),
    workers: workers.length,
    liveWorkers: workers.filter((worker) => worker.label === "LIVE").length,
    failingChecks: [],
  });
  return { now: facts.now, mode, sentence, counts: facts.counts, workers, blocks: facts.blocks };
}
