import { randomUUID } from "node:crypto";
import type { JobDetail } from "@holdpoint/db/people";
import Link from "next/link";
import { Time } from "../../live/time.tsx";
import { person, shortId } from "../../ui/format.ts";
import { Panel } from "../../ui/panel.tsx";
import { ResubmitForm } from "../incidents/answer-forms.tsx";
import { ReplayForm } from "./replay-form.tsx";

/** The job that this one was made from, those made from it, and the ways to make or compare another. */
export function KinPanel({ detail, refusal }: { detail: JobDetail; refusal: string | null }) {
  const { job, links, steps } = detail;
  const payload = JSON.stringify(job.payload, null, 2);
  const failed =
    job.state === "dead" || job.state === "quarantined" || (job.state === "held" && job.held_for === "retry");
  const named = steps.toSorted((a, b) => a.ended_at.localeCompare(b.ended_at)).map((step) => step.name);
  return (
    <Panel title="Again, and compared">
      <Kin job={job.id} links={links} />
      <div className="pad deeds">
        <Link className="btn small" href={`/jobs/compare?a=${job.id}`} prefetch={false}>
          Compare with the last that worked
        </Link>
        <details className="deed">
          <summary className="btn small">Compare with…</summary>
          <form action="/jobs/compare" method="get" className="row wrap">
            <input type="hidden" name="a" value={job.id} />
            <input
              className="input mono grow"
              name="b"
              required
              maxLength={64}
              autoComplete="off"
              spellCheck={false}
              placeholder="id of a job"
              aria-label="The other job’s id"
            />
            <button type="submit" className="btn">
              Compare
            </button>
          </form>
        </details>
        <ReplayForm
          jobId={job.id}
          payload={payload}
          steps={named}
          requestKey={`replay:${randomUUID()}`}
          refusal={refusal}
        />
        {failed && refusal === null ? <ResubmitForm job={job.id} payload={payload} /> : null}
      </div>
    </Panel>
  );
}

/** Links between jobs in words, each with the way to the other and to the comparison. Seen from one of them. */
export function Kin({ job, links }: { job: string; links: JobDetail["links"] }) {
  if (links.length === 0) return null;
  return (
    <ul className="list kin">
      {links.map((link) => {
        const other = link.job_id === job ? link.of_job : link.job_id;
        const [newer, older] = link.job_id === job ? [job, other] : [other, job];
        return (
          <li key={`${link.job_id} ${link.of_job}`}>
            <span className="grow anywhere">
              {kinWords(link, job)}{" "}
              <Link className="link mono" href={`/jobs/${other}`} prefetch={false}>
                {shortId(other)}
              </Link>{" "}
              <span className="t2">
                {person(link.by)}, <Time at={link.at} form="day" />
              </span>
            </span>
            <Link className="link nw" href={`/jobs/compare?a=${newer}&b=${older}`} prefetch={false}>
              Compare<span className="sr"> with {other}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

/** "Dry run of", "Replayed, from step publish, as", "Edit of". */
export function kinWords(link: JobDetail["links"][number], job: string): string {
  const how = [
    link.from_step === null ? "" : `from step ${link.from_step}`,
    link.kind === "replay" && link.payload_edited ? "with another payload" : "",
  ].filter((one) => one !== "");
  const more = how.length === 0 ? "" : `, ${how.join(", ")},`;
  if (link.job_id === job) {
    const what = link.kind === "edit" ? "Edit" : link.dry_run ? "Dry run" : "Replay";
    return `${what}${more} of`;
  }
  return link.kind === "edit" ? "Edited as" : `${link.dry_run ? "Tried as a dry run" : "Replayed"}${more} as`;
}
