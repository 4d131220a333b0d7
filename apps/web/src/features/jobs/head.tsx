import type { OperatorRole } from "@holdpoint/policy";
import { hasEnded, waitsForPerson } from "@holdpoint/policy";
import Link from "next/link";
import { Time } from "../../live/time.tsx";
import { StateChip } from "../../ui/chip.tsx";
import { Id } from "../../ui/copy.tsx";
import { money, shortId } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { answerLine } from "./answer.ts";
import { CancelForm } from "./cancel-form.tsx";
import type { JobPage } from "./queries.ts";
import { ahead, visits } from "./state-map.ts";
import { jobTitle } from "./title.ts";

interface Props {
  page: JobPage;
  ventureName: string;
  role: OperatorRole | null;
  cancelOpen: boolean;
}

/** Title, actions, where the job has been and is, and what happened in one sentence. */
export function JobHead({ page, ventureName, role, cancelOpen }: Props) {
  const { job } = page;
  return (
    <>
      <nav className="crumb row" aria-label="Back">
        <Link className="t2" href="/jobs" prefetch={false}>
          Jobs
        </Link>
        <span className="t3">/</span>
        <Link className="t2 cut" href={`/jobs?venture=${job.venture}`} prefetch={false}>
          {ventureName}
        </Link>
      </nav>
      <div className="title">
        <h1 className="anywhere">
          {jobTitle(job)} <span className="t2 norm">{ventureName}</span>
        </h1>
        <Id value={job.id} what="job id" />
        <Made page={page} />
        <span className="t2 nw">
          {job.ceiling_microusd === 0 ? (
            "free"
          ) : (
            <>
              <b>{money(job.cost_microusd)}</b> of {money(job.ceiling_microusd)}
            </>
          )}
        </span>
        <div className="acts">
          {waitsForPerson(job.state) ? (
            <Link className="btn primary" href={`/approvals/${job.id}`} prefetch={false}>
              Open the card
              <Icon name="arrow-right" small />
            </Link>
          ) : null}
          <CancelForm
            jobId={job.id}
            running={job.state === "running"}
            refusal={cancelRefusal(page, role)}
            open={cancelOpen}
          />
        </div>
      </div>
      <StateMap page={page} />
      <p className="answer anywhere">{answerLine(page)}</p>
    </>
  );
}

/** Of a job that was made from another: which, and that a dry run calls no effect. */
function Made({ page: { job, links } }: { page: JobPage }) {
  const from = links.find((link) => link.job_id === job.id);
  if (from === undefined) return null;
  return (
    <span className="t2 nw">
      {from.dry_run ? <b>dry run</b> : from.kind} of{" "}
      <Link className="link mono" href={`/jobs/${from.of_job}`} prefetch={false}>
        {shortId(from.of_job)}
      </Link>
    </span>
  );
}

function cancelRefusal({ job }: JobPage, role: OperatorRole | null): string | null {
  if (hasEnded(job.state)) return `This job has ended: ${job.state}.`;
  if (job.cancel_requested_at) return "Cancel was requested already.";
  if (role !== "approver" && role !== "admin") return `Canceling needs the role approver; yours is ${role ?? "none"}.`;
  return null;
}

const MOST_VISITS = 7;

function StateMap({ page }: { page: JobPage }) {
  const been = visits(page.events);
  const shown = been.slice(-MOST_VISITS);
  const here = been.length - 1;
  return (
    <ol className="map" aria-label="States this job has been in, and where it may go">
      {been.length > shown.length ? <li className="t3 cap">{been.length - shown.length} earlier</li> : null}
      {shown.map((visit, index) => (
        <li
          key={`${visit.state}-${visit.at}-${index}`}
          className={been.length - shown.length + index === here ? "here" : undefined}
          aria-current={been.length - shown.length + index === here ? "step" : undefined}
        >
          <StateChip state={visit.state} />
          <span className="cap">
            <Time at={visit.at} form="clock" />
          </span>
        </li>
      ))}
      {ahead(page.job.state).map((state) => (
        <li key={state} className="never">
          <StateChip state={state} />
          <span className="cap">–</span>
        </li>
      ))}
    </ol>
  );
}
