import { compareJobs, differenceWords } from "@holdpoint/policy";
import Link from "next/link";
import { shortId } from "../../ui/format.ts";
import { ErrorNote, Panel } from "../../ui/panel.tsx";
import { readComparison, type JobPage } from "./queries.ts";

/** Of a job that failed: what was found, what has changed since its type last worked, and the way to its incident. */
export async function FailurePanel({ page }: { page: JobPage }) {
  const incident = page.incidents.at(-1);
  if (incident === undefined) return null;
  const compared = await readComparison(page.job.id, null);
  return (
    <Panel
      title="Incident"
      aside={
        <Link className="link" href={`/incidents/${incident.id}`} prefetch={false}>
          Open the incident
        </Link>
      }
    >
      <div className="pad stack tight">
        <p className="anywhere">
          <b>{incident.reason.replaceAll("_", " ")}.</b> {incident.finding}
        </p>
        {compared.ok ? (
          <p className="t2 anywhere">
            {compared.data.other === null
              ? "No job of its type has worked before it."
              : `Since ${shortId(compared.data.other.id)} worked: ${differenceWords(compareJobs(compared.data.job, compared.data.other)) ?? "nothing that is known has changed"}`}{" "}
            {compared.data.other === null ? null : (
              <Link
                className="link"
                href={`/jobs/compare?a=${page.job.id}&b=${compared.data.other.id}`}
                prefetch={false}
              >
                Compare them
              </Link>
            )}
          </p>
        ) : (
          <ErrorNote what="What has changed" error={compared.error} at={compared.at} />
        )}
      </div>
    </Panel>
  );
}
