import type { JobDetail } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { person } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { parsePlan, planDiff } from "./plan-diff.ts";

/** Beside the card where there is room: how the plan differs, the plan itself, and what was decided about this job. */
export function CardDetail({ detail }: { detail: JobDetail }) {
  const { plan, last_approved, decisions } = detail;
  const body = parsePlan(plan?.body);
  const before = parsePlan(last_approved?.plan);
  // What a run asks is what the answer is bound to; the job's plan was decided before.
  const request = detail.job.held_for === "park" ? detail.wait?.request : null;
  return (
    <section className="detail desk-only" aria-label={`What changed, and the exact ${request ? "request" : "plan"}`}>
      <h2>Changed</h2>
      {last_approved && before && body ? (
        <>
          <p className="note">
            Against the plan {person(last_approved.by)} approved <Time at={last_approved.at} form="day" />
          </p>
          <Differences differences={planDiff(before, body)} />
        </>
      ) : (
        <p className="t2">
          No job of this type was approved in this venture before, so there is nothing to compare with.
        </p>
      )}
      {request ? (
        <>
          <h2>Exact request</h2>
          <pre className="code" tabIndex={0} aria-label="Request">
            {JSON.stringify(request, null, 2)}
          </pre>
        </>
      ) : null}
      <h2>{request ? "Plan of the job" : "Exact plan"}</h2>
      {plan ? (
        <>
          <p className="note">The bytes that are hashed, here with line breaks.</p>
          <pre className="code" tabIndex={0} aria-label="Plan">
            {body ? JSON.stringify(body, null, 2) : plan.body}
          </pre>
        </>
      ) : (
        <p className="t2">This job has no plan kept.</p>
      )}
      <h2>Decisions on this job</h2>
      {decisions.length === 0 ? <p className="t2">None yet.</p> : null}
      <ul className="stack tight">
        {decisions.map((one) => (
          <li key={one.id} className="row">
            <Icon name="user" small />
            <span className="grow anywhere">
              {person(one.by)}: {one.verb}
              {one.reason ? <span className="t2"> “{one.reason}”</span> : null}
            </span>
            <span className="t3">
              <Time at={one.at} form="day" />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Differences({ differences }: { differences: ReturnType<typeof planDiff> }) {
  if (differences.length === 0) return <p className="t2">Nothing differs.</p>;
  return (
    <dl className="kv diffs">
      {differences.map(({ path, before, after }) => (
        <div key={path} className="contents">
          <dt>{path}</dt>
          <dd>
            <del className="mono">{before}</del>
            <br />
            <ins className="mono">{after}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
