import Link from "next/link";
import { ResolveForm, ResubmitForm } from "../../../../features/incidents/answer-forms.tsx";
import { FindingPanel, RecoveryPanel, TracePanel } from "../../../../features/incidents/pack-panels.tsx";
import { readReport } from "../../../../features/incidents/queries.ts";
import { Kin } from "../../../../features/jobs/kin-panel.tsx";
import { atLeast, currentOperator, roleIn } from "../../../../features/session/queries.ts";
import { StateChip } from "../../../../ui/chip.tsx";
import { NotHere } from "../../../../ui/not-here.tsx";
import { ErrorNote, Panel } from "../../../../ui/panel.tsx";

export const metadata = { title: "Incident" };

export default async function IncidentPage({ params }: PageProps<"/incidents/[id]">) {
  const { id } = await params;
  const [operator, found] = await Promise.all([currentOperator(), readReport(id)]);
  if (!found.ok && (found.error.code === "not_found" || found.error.code === "invalid")) return <NotHere />;
  if (!found.ok) {
    return (
      <Panel title="Incident">
        <ErrorNote what="This incident" error={found.error} at={found.at} />
      </Panel>
    );
  }
  const report = found.data;
  const { incident, job } = report;
  const may = atLeast(roleIn(operator.ok ? operator.data : null, incident.venture), "approver");
  const open = incident.resolved_at === null;
  return (
    <div className="stack">
      <div className="page-head">
        <h1 className="anywhere">
          {job === null ? incident.subject : job.type} in {incident.venture}
        </h1>
        <p className="row wrap">
          <StateChip state={incident.state} />
          <span className="t2">{open ? "waits for a person" : "resolved"}</span>
        </p>
      </div>
      <FindingPanel report={report} />
      {job === null || report.links.length === 0 ? null : (
        <Panel title="Versions of this job">
          <Kin job={job.id} links={report.links} />
        </Panel>
      )}
      {open ? <RecoveryPanel report={report} /> : null}
      {open ? (
        <Panel title="Decide">
          <div className="pad stack tight">
            {job === null || incident.subject_kind !== "job" ? null : (
              <p>
                <Link className="link" href={`/approvals/${job.id}`} prefetch={false}>
                  Release or discard it on its card
                </Link>
              </p>
            )}
            {may && job !== null && incident.subject_kind === "job" ? (
              <ResubmitForm job={job.id} payload={JSON.stringify(job.payload, null, 2)} />
            ) : null}
            {may && incident.subject_kind !== "job" ? <ResolveForm id={incident.id} /> : null}
            {may ? null : <p className="note">Needs the role approver in {incident.venture}.</p>}
          </div>
        </Panel>
      ) : null}
      <TracePanel report={report} />
    </div>
  );
}
