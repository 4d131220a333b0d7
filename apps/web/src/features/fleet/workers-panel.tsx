import Link from "next/link";
import type { OperatorRole } from "@holdpoint/policy";
import type { WorkerView } from "../shell/queries.ts";
import { WorkerActions } from "./worker-actions.tsx";
import { Time } from "../../live/time.tsx";
import { count, span } from "../../ui/format.ts";
import { Label } from "../../ui/label.tsx";
import { EmptyNote, Panel } from "../../ui/panel.tsx";
import { LANES, workerProgressSchema } from "@holdpoint/policy";

/** Workers by heartbeat and progress; one that is gone keeps its row, and a lane that nobody serves is said. */
export function WorkersPanel({
  workers,
  full = false,
  role = null,
}: {
  workers: readonly WorkerView[];
  full?: boolean;
  /** Of the operator, in the fleet: with it come the buttons. */
  role?: OperatorRole | null;
}) {
  const live = workers.filter((worker) => worker.ended_at === null);
  const served = new Set(live.filter((worker) => !worker.standby).flatMap((worker) => worker.lanes));
  const unserved = LANES.filter((lane) => !served.has(lane));
  return (
    <Panel
      title={
        <Link href="/fleet" prefetch={false}>
          Workers <span className="c">{count(live.length)}</span>
        </Link>
      }
    >
      {workers.length === 0 ? (
        <EmptyNote title="No worker has been heard from in the last hour.">
          <div className="row wrap">
            <NotRunning what="the fleet" />
            <span className="t2">Nothing starts. Approvals and submits are kept and wait.</span>
          </div>
          <code className="cmd">npm start</code>
        </EmptyNote>
      ) : (
        <ul className="list workers">
          {workers.map((worker) => (
            <li key={worker.id}>
              <WorkerLabel worker={worker} />
              <span className="grow cut">
                <span className="med mono">{worker.name}</span>{" "}
                {worker.ended_at === null ? <Marks worker={worker} /> : null}
                <span className="t2">{worker.lanes.join(", ")}</span>
              </span>
              {full ? <span className="t2 nw desk-only">{worker.host}</span> : null}
              <span className="t2 num">{busyWords(worker)}</span>
              {full && worker.ended_at === null ? (
                <WorkerActions
                  id={worker.id}
                  name={worker.name}
                  draining={worker.draining}
                  killed={worker.killed_at !== null}
                  mayDrain={role === "approver" || role === "admin"}
                  mayKill={role === "admin"}
                />
              ) : null}
            </li>
          ))}
          {unserved.map((lane) => (
            <li key={lane}>
              <NotRunning what={`lane ${lane}`} />
              <span className="grow cut t2">
                lane <span className="mono">{lane}</span>: nobody serves it
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** What people or the limit of workers did to it. */
function Marks({ worker }: { worker: WorkerView }) {
  const mark = worker.killed_at !== null ? "KILLED" : worker.draining ? "DRAINING" : worker.standby ? "STANDBY" : null;
  return mark === null ? null : <span className="med">{mark} </span>;
}

function NotRunning({ what }: { what: string }) {
  return (
    <Label name="NOT RUNNING" because={`No live worker serves ${what}.`} raisedBy="Starting a worker that serves it." />
  );
}

function WorkerLabel({ worker }: { worker: WorkerView }) {
  const { label } = worker;
  return (
    <Label
      name={label.label}
      age={label.label === "STALE" && label.ageMs !== null ? span(label.ageMs) : undefined}
      because={label.because}
      facts={[
        ["Heard", <Time key="heard" at={worker.heartbeat_at} form="ago" />],
        [
          "Process",
          <span key="id" className="mono">
            {worker.id}
          </span>,
        ],
        ["Version", worker.version],
        ["Sandbox", worker.isolation],
        ["Started", <Time key="started" at={worker.started_at} form="day" />],
        ...(worker.ended_at ? [["Ended", worker.end_reason ?? "no reason kept"] as const] : []),
      ]}
      raisedBy={label.raisedBy}
    />
  );
}

function busyWords(worker: WorkerView) {
  if (worker.ended_at) {
    return (
      <>
        left <Time at={worker.ended_at} form="ago" />
      </>
    );
  }
  const progress = workerProgressSchema.safeParse(worker.progress);
  const busy = progress.success ? Object.values(progress.data.lanes).reduce((sum, lane) => sum + lane.busy, 0) : null;
  return (
    <>
      {busy === null ? `${count(worker.slots)} slots` : `${count(busy)} of ${count(worker.slots)} busy`},{" "}
      <Time at={worker.heartbeat_at} form="ago" />
    </>
  );
}
