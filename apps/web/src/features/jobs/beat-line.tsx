"use client";
import { useNow } from "../../live/clock.tsx";
import { Time } from "../../live/time.tsx";
import { span } from "../../ui/format.ts";
import { Label } from "../../ui/label.tsx";
import { Panel } from "../../ui/panel.tsx";
import type { JobPage } from "./queries.ts";

/** A running job: who runs it, when it was last heard of, until when its lease stands, how far it says it is. */
export function BeatLine({ page, freshForMs }: { page: JobPage; freshForMs: number }) {
  const now = useNow();
  const run = page.runs.at(-1);
  if (!run) return null;
  const age = now - Date.parse(run.heartbeat_at);
  const fresh = age < freshForMs;
  const worker = run.worker ?? "an unknown worker";
  return (
    <Panel
      title="Running"
      aside={
        <>
          for <Time at={run.started_at} form="elapsed" />
        </>
      }
    >
      <div className="pad beatline">
        <div className="row wrap">
          <Label
            name={fresh ? "LIVE" : "STALE"}
            age={fresh ? undefined : span(age)}
            because={
              fresh
                ? `${worker} named this run in its last heartbeat.`
                : `Running is what was recorded; ${worker} has not named this run since.`
            }
            facts={[
              ["Heard", <Time key="heard" at={run.heartbeat_at} form="ago" />],
              ["By", worker],
              ["Lease until", <Time key="lease" at={run.lease_until} form="clock" />],
            ]}
            raisedBy={
              fresh
                ? "Nothing: it is as good as it gets, while heartbeats keep coming."
                : "The next heartbeat that names this run."
            }
          />
          <span>
            <span className="mono">{worker}</span>, beat <Time at={run.heartbeat_at} form="ago" />
          </span>
          <span className="t2">
            lease ends in <Time at={run.lease_until} form="in" />
          </span>
        </div>
        <ProgressLine progress={run.progress} />
      </div>
    </Panel>
  );
}

/** What the handler says of its progress: a fraction, or done of total with a note. */
function ProgressLine({ progress }: { progress: unknown }) {
  if (typeof progress !== "object" || progress === null) return null;
  const { fraction, done, total, note }: { fraction?: unknown; done?: unknown; total?: unknown; note?: unknown } =
    progress;
  const share =
    typeof fraction === "number"
      ? fraction
      : typeof done === "number" && typeof total === "number" && total > 0
        ? done / total
        : null;
  const words = [
    typeof done === "number" && typeof total === "number" ? `${done} of ${total}` : null,
    typeof note === "string" ? note : null,
  ].filter((word) => word !== null);
  return (
    <>
      {share === null ? null : (
        <svg className="chart" height="8" role="img" aria-label={`${Math.round(share * 100)} % done`}>
          <rect className="fl" width="100%" height="8" rx="2" />
          <rect className="f1" width={`${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%`} height="8" rx="2" />
        </svg>
      )}
      {words.length > 0 ? <p className="t2">{words.join(", ")}</p> : null}
    </>
  );
}
