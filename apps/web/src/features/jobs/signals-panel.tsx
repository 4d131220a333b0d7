import { randomUUID } from "node:crypto";
import type { JobDetail } from "@holdpoint/db/people";
import { hasEnded } from "@holdpoint/policy";
import { Time } from "../../live/time.tsx";
import { person } from "../../ui/format.ts";
import { Panel } from "../../ui/panel.tsx";
import { SignalForm } from "./signal-form.tsx";

/** The mailbox of a job: what it waits for, what was sent and which call got it, and a form that sends. */
export function SignalsPanel({ detail, refusal }: { detail: JobDetail; refusal: string | null }) {
  const { job, signals } = detail;
  const wait = detail.wait?.kind === "signal" ? detail.wait : null;
  if (wait === null && signals.length === 0) return null;
  return (
    <Panel
      id="signals"
      title="Signals"
      aside={
        wait === null ? null : (
          <>
            times out in <Time at={wait.until} form="in" />
          </>
        )
      }
    >
      <div className="pad stack tight">
        {wait === null ? null : (
          <p>
            Its run waits for <b className="mono">{wait.name}</b>, since <Time at={wait.asked_at} form="day" />.
          </p>
        )}
        {signals.length === 0 ? null : (
          <ol className="ev sent">
            {signals.toReversed().map((one) => (
              <li key={one.no}>
                <span className="num t3">{one.no}</span>
                <Time at={one.at} form="clock" />
                <details>
                  <summary className="cut">
                    <b className="mono">{one.name}</b>{" "}
                    <span className="t2">
                      {person(one.by)}, {fate(one)}
                    </span>
                  </summary>
                  <pre className="code" tabIndex={0}>
                    {JSON.stringify(one.data, null, 2)}
                  </pre>
                </details>
              </li>
            ))}
          </ol>
        )}
        {hasEnded(job.state) ? (
          <p className="note">The job has ended: what is in the mailbox stays there.</p>
        ) : (
          <SignalForm jobId={job.id} name={wait?.name ?? ""} id={`web:${randomUUID()}`} refusal={refusal} />
        )}
      </div>
    </Panel>
  );
}

function fate({ taken_by: call }: JobDetail["signals"][number]): string {
  return call === null ? "in the mailbox" : "taken";
}
