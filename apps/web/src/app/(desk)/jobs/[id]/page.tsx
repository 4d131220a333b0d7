import { hasEnded } from "@holdpoint/policy";
import Link from "next/link";
import { JobHead } from "../../../../features/jobs/head.tsx";
import { FailurePanel } from "../../../../features/jobs/failure-panel.tsx";
import { Inspector, TABS } from "../../../../features/jobs/inspector.tsx";
import { LogPanel } from "../../../../features/jobs/log-panel.tsx";
import { KinPanel } from "../../../../features/jobs/kin-panel.tsx";
import { readJob, readLog, type JobPage } from "../../../../features/jobs/queries.ts";
import { SignalsPanel } from "../../../../features/jobs/signals-panel.tsx";
import { WaterfallPanel } from "../../../../features/jobs/waterfall-panel.tsx";
import { WhyPanel } from "../../../../features/jobs/why-panel.tsx";
import { CommentsPanel } from "../../../../features/jobs/comments-panel.tsx";
import { BeatLine } from "../../../../features/jobs/beat-line.tsx";
import { atLeast, currentOperator, roleIn } from "../../../../features/session/queries.ts";
import { readFacts } from "../../../../features/shell/queries.ts";
import { ventureNames } from "../../../../features/ventures/queries.ts";
import { attempt } from "../../../../server/result.ts";
import { NotHere } from "../../../../ui/not-here.tsx";
import { ErrorNote, Panel } from "../../../../ui/panel.tsx";

export const metadata = { title: "Job" };

export default async function JobPageRoute({ params, searchParams }: PageProps<"/jobs/[id]">) {
  const [{ id }, { see, cancel, run }] = await Promise.all([params, searchParams]);
  const [page, operator, names, facts] = await Promise.all([
    readJob(id),
    currentOperator(),
    ventureNames(),
    readFacts(),
  ]);
  if (!page.ok && (page.error.code === "not_found" || page.error.code === "invalid")) return <NotHere />;
  if (!page.ok) {
    return (
      <Panel title="Job">
        <ErrorNote what="This job" error={page.error} at={page.at} />
      </Panel>
    );
  }
  const { job } = page.data;
  const name = names.get(job.venture) ?? job.venture;
  const tab = TABS.find((one) => one === see) ?? "overview";
  const waits = !hasEnded(job.state) && job.state !== "running" && job.state !== "dead" && job.state !== "quarantined";
  const role = roleIn(operator.ok ? operator.data : null, job.venture);
  const refusal = atLeast(role, "approver") ? null : `Needs the role approver in ${name}; yours is ${role ?? "none"}.`;
  const runNo = typeof run === "string" && /^\d{1,6}$/.test(run) ? Number(run) : job.run_no;
  return (
    <>
      <JobHead page={page.data} ventureName={name} role={role} cancelOpen={cancel === "1"} />
      <div className="runcols">
        <div className="stack">
          <FailurePanel page={page.data} />
          {waits ? <WhyPanel page={page.data} /> : null}
          <SignalsPanel detail={page.data} refusal={refusal} />
          {job.state === "running" ? (
            <BeatLine page={page.data} freshForMs={((facts.ok ? facts.data.settings.lease_ms : 300_000) * 2) / 30} />
          ) : null}
          <WaterfallPanel detail={page.data} />
          {job.run_no > 0 ? <Output page={page.data} runNo={runNo} /> : null}
          <KinPanel detail={page.data} refusal={refusal} />
          <CommentsPanel detail={page.data} may={refusal === null} />
        </div>
        <Inspector page={page.data} tab={tab} ventureName={name} />
      </div>
    </>
  );
}

/** The output of one run: the newest, or the one that the URL names. */
async function Output({ page, runNo }: { page: JobPage; runNo: number }) {
  const log = await attempt(() => readLog(page.job.id, runNo, -1));
  const runs = page.runs.map((one) => one.run_no);
  const chooser =
    runs.length > 1 ? (
      <span className="row">
        {runs.slice(-5).map((no) => (
          <Link
            key={no}
            href={`/jobs/${page.job.id}?run=${no}`}
            prefetch={false}
            scroll={false}
            className={no === runNo ? "strong" : "link"}
            aria-current={no === runNo ? "true" : undefined}
          >
            run {no}
          </Link>
        ))}
      </span>
    ) : null;
  return (
    <Panel
      title={
        <>
          Output <span className="c">run {runNo}</span>
        </>
      }
      aside={chooser}
    >
      <div className="pad">
        {log.ok ? (
          <LogPanel
            jobId={page.job.id}
            runNo={runNo}
            chunks={log.data.chunks}
            done={
              log.data.done ||
              page.runs.some((one) => one.run_no === runNo && one.ended_at !== null && log.data.chunks.length < 100)
            }
          />
        ) : (
          <ErrorNote what="The output" error={log.error} at={log.at} />
        )}
      </div>
    </Panel>
  );
}
