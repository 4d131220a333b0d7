import type { IncidentReport } from "@holdpoint/db/people";
import Link from "next/link";
import { Time } from "../../live/time.tsx";
import { money, shortId } from "../../ui/format.ts";
import { Panel } from "../../ui/panel.tsx";

const spaced = (name: string): string => name.replaceAll("_", " ");

/** What was found, what ran, and what has changed since its type last worked. */
export function FindingPanel({ report }: { report: IncidentReport }) {
  const { incident, job, facts } = report;
  return (
    <Panel title="What was found" aside={<Time at={incident.created_at} form="day" />}>
      <div className="pad stack tight">
        <p className="anywhere">{incident.finding}</p>
        <p className="t2">{incident.recommended}</p>
        <dl className="kv">
          <Row name="Reason" value={`${spaced(incident.reason)}, ${incident.severity}`} />
          <Row name="Class" value={incident.error_class === null ? null : spaced(incident.error_class)} />
          <Row
            name="Evidence"
            value={Object.keys(incident.evidence).length === 0 ? null : JSON.stringify(incident.evidence)}
          />
          <Row
            name="Attempts"
            value={job === null ? null : `runs ${job.run_no}, retries used ${job.retries_used}, lost ${job.losses}`}
          />
          <Row name="Cost" value={job === null ? null : money(job.cost_microusd)} />
          <Row
            name="Code"
            value={facts === null ? null : `${shortId(facts.code_hash ?? "unknown")} on ${facts.worker ?? "no worker"}`}
          />
          <Row name="Changed" value={changedWords(report)} />
          <Row
            name="Resolved"
            value={incident.resolution === null ? null : `${incident.resolution}, ${incident.resolved_by ?? ""}`}
          />
        </dl>
      </div>
    </Panel>
  );
}

function Row({ name, value }: { name: string; value: string | null }) {
  if (value === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd className="anywhere">{value}</dd>
    </>
  );
}

function changedWords({ job, last_good: good, changed_words: words }: IncidentReport): string | null {
  if (job === null) return null;
  if (good === null) return "No job of its type has worked before it.";
  return `Since ${shortId(good.id)} worked: ${words ?? "nothing that is known"}`;
}

/** The recovery plan of its failure class. */
export function RecoveryPanel({ report }: { report: IncidentReport }) {
  const { plan, steps, needsPerson, limitReached } = report.recovery;
  return (
    <Panel title="What to do" aside={<span className="t2">{spaced(plan.name)}</span>}>
      <div className="pad stack tight">
        <p>
          Look at: <span className="t2">{plan.checks.map(spaced).join(", ") || "nothing in particular"}</span>
        </p>
        <p>
          Then: <span className="t2">{steps.map(spaced).join(", ") || "nothing"}</span>
        </p>
        {plan.rollback === "none" ? null : (
          <p>
            Last good artifact:{" "}
            <span className="t2">
              {report.last_good_artifacts.map((one) => one.name).join(", ") || "none was kept"}
            </span>
          </p>
        )}
        <p className="note">
          {needsPerson ? "A person must look at it. " : ""}
          {limitReached ? "It was released as often as the plan allows." : ""}
        </p>
      </div>
    </Panel>
  );
}

/** Effects with their outcome, and the end of the output. */
export function TracePanel({ report }: { report: IncidentReport }) {
  const { effects, log, job } = report;
  const lines = log
    .map((chunk) => chunk.text)
    .join("")
    .trimEnd()
    .split("\n")
    .slice(-20)
    .join("\n");
  return (
    <Panel
      title="What it left"
      aside={
        job === null ? null : (
          <Link className="link" href={`/jobs/${job.id}`} prefetch={false}>
            Open the job
          </Link>
        )
      }
    >
      <div className="pad stack tight">
        {effects.length === 0 ? <p className="t2">No effect outside is recorded.</p> : null}
        <ul>
          {effects.map((one) => (
            <li key={one.key} className="anywhere">
              {one.kind} {one.key}:{" "}
              <b>{one.dry_run ? "dry run" : (one.outcome ?? (one.unknown ? "unknown" : "open"))}</b>{" "}
              <span className="t2">
                {one.receipt === null || one.receipt === undefined ? "" : JSON.stringify(one.receipt)}
              </span>
            </li>
          ))}
        </ul>
        {lines === "" ? <p className="t2">It wrote no output.</p> : <pre className="scroll mono">{lines}</pre>}
      </div>
    </Panel>
  );
}
