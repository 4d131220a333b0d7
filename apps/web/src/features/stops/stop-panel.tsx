import type { Stop } from "@holdpoint/db/people";
import type { OperatorRole } from "@holdpoint/policy";
import Link from "next/link";
import { Time } from "../../live/time.tsx";
import { person, plural, shortId } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { Label } from "../../ui/label.tsx";
import { LiftForm } from "./lift-form.tsx";

/** One stop in force: STOPPING with the runs that have not confirmed, STOPPED only when all have. */
export function StopPanel({ stop, role, waiting }: { stop: Stop; role: OperatorRole | null; waiting: string | null }) {
  const name = stop.key ? `${stop.scope} ${stop.key}` : stop.scope;
  return (
    <section className="panel hotp">
      <header>
        <h2 className="capital">{name}</h2>
        <span className="end">
          <Phase stop={stop} />
        </span>
      </header>
      <div className="sb">
        <p className="anywhere">
          <b>“{stop.reason}”</b>{" "}
          <span className="t2">
            {person(stop.by)}, <Time at={stop.since} form="day" />.{" "}
            {stop.effective_at ? (
              <>
                No run, step or effect has begun since <Time at={stop.effective_at} form="clock" />.
              </>
            ) : (
              "Calls in flight are being waited out; the janitor repeats this if nobody does."
            )}
          </span>
        </p>
        {stop.open_runs.length > 0 ? <Unconfirmed stop={stop} /> : null}
        <LiftForm id={stop.id} role={role} waiting={waiting} />
      </div>
    </section>
  );
}

function Phase({ stop }: { stop: Stop }) {
  if (stop.phase === "STOPPING") {
    return (
      <span className="stopping">
        <Icon name="octagon" />
        STOPPING <span className="norm t2">{plural(stop.open_count, "run")} not confirmed</span>
      </span>
    );
  }
  return (
    <Label
      name="STOPPED"
      because="The stop is in force and every run in its scope has confirmed."
      facts={[["Since", <Time key="since" at={stop.effective_at ?? stop.since} form="day" />]]}
      raisedBy="An admin lifts the stop with the typed word."
    />
  );
}

function Unconfirmed({ stop }: { stop: Stop }) {
  return (
    <div>
      <h3>Not confirmed, {stop.open_count}</h3>
      <table className="st">
        <thead>
          <tr>
            <th>Run</th>
            <th>Worker</th>
            <th className="num">Lease ends</th>
          </tr>
        </thead>
        <tbody>
          {stop.open_runs.map((run) => (
            <tr key={`${run.job_id}/${run.run_no}`}>
              <td>
                <Link className="id" href={`/jobs/${run.job_id}`} prefetch={false}>
                  {shortId(run.job_id)}
                </Link>{" "}
                <span className="t2">run {run.run_no}</span>
              </td>
              <td className="id">{run.worker ?? "unknown"}</td>
              <td className="num">
                <Time at={run.lease_until} form="in" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
