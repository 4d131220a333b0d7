import type { JobDetail } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { person } from "../../ui/format.ts";
import { Panel } from "../../ui/panel.tsx";
import { CommentForm } from "./comment-form.tsx";

/** What people said about the job, and a field to add to it. */
export function CommentsPanel({ detail, may }: { detail: JobDetail; may: boolean }) {
  const { comments, job } = detail;
  return (
    <Panel
      title={
        <>
          Comments <span className="c">{comments.length > 0 ? comments.length : null}</span>
        </>
      }
    >
      <div className="pad stack tight">
        {comments.length === 0 ? <p className="t2">Nobody has said anything yet.</p> : null}
        {comments.map((one) => (
          <article key={one.id}>
            <p className="t3 cap">
              {person(one.by)}, <Time at={one.at} form="day" />
            </p>
            <p className="anywhere said">{one.text}</p>
          </article>
        ))}
        {may ? <CommentForm key={comments.length} jobId={job.id} /> : null}
      </div>
    </Panel>
  );
}
