import { compareJobs, differenceWords } from "@holdpoint/policy";
import Link from "next/link";
import { FactsPanel, Sides } from "../../../../features/jobs/comparison.tsx";
import { readComparison } from "../../../../features/jobs/queries.ts";
import { EmptyNote, ErrorNote, Panel } from "../../../../ui/panel.tsx";
import { NotHere } from "../../../../ui/not-here.tsx";

export const metadata = { title: "Compare" };

export default async function ComparePage({ searchParams }: PageProps<"/jobs/compare">) {
  const { a, b, all } = await searchParams;
  if (typeof a !== "string" || a === "") return <NotHere />;
  const other = typeof b === "string" && b !== "" ? b.trim() : null;
  const found = await readComparison(a, other);
  if (!found.ok && found.error.code === "not_found") return <NotHere />;
  if (!found.ok) {
    return (
      <Panel title="Compare">
        <ErrorNote what="The comparison" error={found.error} at={found.at} />
      </Panel>
    );
  }
  const { job, other: against } = found.data;
  const comparison = against === null ? null : compareJobs(job, against);
  const words = comparison === null ? null : differenceWords(comparison);
  return (
    <div className="stack">
      <div className="page-head">
        <h1>Compare</h1>
        <p className="anywhere">
          {comparison === null ? null : words === null ? "Nothing differs." : <>First difference: {words}.</>}
        </p>
      </div>
      {against === null || comparison === null ? (
        <Panel title="Nothing to compare with">
          <EmptyNote title={`No ${job.type} has succeeded before this job.`}>
            <p className="t2">Its page compares it with any other job by id.</p>
            <Link className="btn small" href={`/jobs/${job.id}`} prefetch={false}>
              Back to the job
            </Link>
          </EmptyNote>
        </Panel>
      ) : (
        <>
          <Sides a={job} b={against} />
          <FactsPanel
            comparison={comparison}
            all={all === "1"}
            allHref={`/jobs/compare?a=${job.id}&b=${against.id}${all === "1" ? "" : "&all=1"}`}
          />
        </>
      )}
    </div>
  );
}
