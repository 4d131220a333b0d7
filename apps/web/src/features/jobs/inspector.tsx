import Link from "next/link";
import { Time } from "../../live/time.tsx";
import { Id } from "../../ui/copy.tsx";
import { bytes, exact, money, plural } from "../../ui/format.ts";
import { EmptyNote } from "../../ui/panel.tsx";
import type { JobPage } from "./queries.ts";
import { askedBy } from "./words.ts";

export const TABS = ["overview", "plan", "output", "events", "runs", "evidence"] as const;
export type Tab = (typeof TABS)[number];

/** The inspector: one tab at a time, chosen by the URL. */
export function Inspector({ page, tab, ventureName }: { page: JobPage; tab: Tab; ventureName: string }) {
  return (
    <section className="panel inspector" id="plan" aria-label="Inspector">
      <nav className="itabs" aria-label="Details">
        {TABS.map((name) => (
          <Link
            key={name}
            href={`/jobs/${page.job.id}?see=${name}`}
            prefetch={false}
            scroll={false}
            replace
            aria-current={name === tab ? "true" : undefined}
          >
            {name}
            {name === "events" ? (
              <span className="t3">
                {" "}
                {page.events.length}
                {page.moreEvents ? "+" : ""}
              </span>
            ) : null}
          </Link>
        ))}
      </nav>
      <div className="ip">
        <Body page={page} tab={tab} ventureName={ventureName} />
      </div>
    </section>
  );
}

function Body({ page, tab, ventureName }: { page: JobPage; tab: Tab; ventureName: string }) {
  switch (tab) {
    case "overview":
      return <Overview page={page} ventureName={ventureName} />;
    case "plan":
      return <Plan page={page} />;
    case "output":
      return <Output page={page} />;
    case "events":
      return <Events page={page} />;
    case "runs":
      return <Runs page={page} />;
    case "evidence":
      return <EvidenceList page={page} />;
  }
}

function Overview({ page: { job }, ventureName }: { page: JobPage; ventureName: string }) {
  return (
    <dl className="kv ik">
      <dt>Type</dt>
      <dd className="mono">
        {job.type}@{job.type_version}
      </dd>
      <dt>Venture</dt>
      <dd>{ventureName}</dd>
      <dt>Asked by</dt>
      <dd>
        {askedBy(job.submitted_by)}, {exact(job.created_at)}
      </dd>
      <dt>Queue</dt>
      <dd>
        {job.queue}
        {job.urgent ? ", urgent" : ""}
      </dd>
      <dt>Size, tier</dt>
      <dd>
        {job.size}, {job.tier ?? "not decided"}
      </dd>
      <dt>Rule</dt>
      <dd>{job.rule ? `${job.rule.replaceAll("_", " ")}, policy ${job.policy_version ?? "?"}` : "not decided"}</dd>
      <dt>Cost</dt>
      <dd>
        {job.ceiling_microusd === 0
          ? "free"
          : `${money(job.cost_microusd)} spent, at most ${money(job.ceiling_microusd)}`}
      </dd>
      <dt>Runs</dt>
      <dd>
        {plural(job.run_no, "run")}, {plural(job.retries_used, "retry", "retries")} used,{" "}
        {plural(job.losses, "loss", "losses")} not counted
      </dd>
      {job.idempotency_key ? (
        <>
          <dt>Key</dt>
          <dd className="mono">{job.idempotency_key}</dd>
        </>
      ) : null}
      {job.ended_at ? (
        <>
          <dt>Ended</dt>
          <dd>{exact(job.ended_at)}</dd>
        </>
      ) : null}
    </dl>
  );
}

function Plan({ page: { job, plan } }: { page: JobPage }) {
  return (
    <>
      {plan ? (
        <p className="row">
          <span className="t3">Plan {plan.plan_no}</span> <Id value={plan.hash} what="plan hash" />
        </p>
      ) : (
        <p className="note">No plan is kept: nobody had to decide, and nothing was resolved.</p>
      )}
      <h3>Payload</h3>
      <Json value={job.payload} />
      <h3>References</h3>
      {job.refs ? <Json value={job.refs} /> : <p className="t2">None.</p>}
      {plan ? (
        <>
          <h3>Facts the decision was made on</h3>
          <Json value={plan.facts} />
        </>
      ) : null}
    </>
  );
}

function Output({ page: { job, artifacts } }: { page: JobPage }) {
  return (
    <>
      <h3>Result</h3>
      {job.result === null || job.result === undefined ? <p className="t2">None yet.</p> : <Json value={job.result} />}
      <h3>Artifacts, {artifacts.length}</h3>
      {artifacts.length === 0 ? <p className="t2">None kept.</p> : null}
      <ul className="stack tight">
        {artifacts.map((artifact) => (
          <li key={artifact.id}>
            <p className="row">
              <b className="cut grow">{artifact.name}</b>
              <span className="t2 nw">{bytes(artifact.bytes)}</span>
            </p>
            <dl className="kv">
              <dt>Kind</dt>
              <dd>{artifact.media_type}</dd>
              <dt>sha256</dt>
              <dd>
                <Id value={artifact.sha256} what="sha256" />
              </dd>
              <dt>From</dt>
              <dd>
                run {artifact.run_no}, {exact(artifact.created_at)}
              </dd>
              {Object.entries(artifact.facts ?? {}).map(([name, value]) => (
                <div key={name} className="contents">
                  <dt>{name}</dt>
                  <dd className="mono">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
    </>
  );
}

function Events({ page: { job, events, moreEvents } }: { page: JobPage }) {
  return (
    <>
      <p className="note">
        Numbered without gaps, chained by hash, never changed.{" "}
        <a className="link" href={`/api/jobs/${job.id}/proof`} download>
          Download the proof pack
        </a>
        : one file that <code>holdpoint audit verify FILE</code> checks alone.
      </p>
      <ol className="ev">
        {events.toReversed().map((event) => (
          <li key={event.seq} data-seq={event.seq}>
            <span className="num t3">{event.seq}</span>
            <Time at={event.at} form="clock" />
            <details>
              <summary className="mono cut">
                {event.type} <span className="t2">{actorWords(event.actor)}</span>
              </summary>
              <Json value={event.data} />
            </details>
          </li>
        ))}
      </ol>
      {moreEvents ? (
        <p className="note">Only the first 500 are shown here; “holdpoint jobs events” shows all.</p>
      ) : null}
    </>
  );
}

function actorWords(actor: unknown): string {
  if (typeof actor !== "object" || actor === null || !("kind" in actor) || !("id" in actor)) return "";
  return actor.kind === "operator" ? String(actor.id) : String(actor.kind);
}

function Runs({ page: { runs } }: { page: JobPage }) {
  if (runs.length === 0) return <EmptyNote title="It has never been started." />;
  return (
    <ol className="stack">
      {runs.toReversed().map((run) => (
        <li key={run.run_no}>
          <p>
            <b>Run {run.run_no}</b>{" "}
            <span className="t2">
              {run.outcome ?? "under way"}
              {run.cause ? `: ${run.cause.replaceAll("_", " ")}` : ""}
            </span>
          </p>
          <dl className="kv">
            <dt>Worker</dt>
            <dd className="mono">{run.worker ?? run.worker_id}</dd>
            <dt>Token</dt>
            <dd className="mono">{run.token}</dd>
            <dt>Started</dt>
            <dd>{exact(run.started_at)}</dd>
            <dt>Last beat</dt>
            <dd>{exact(run.heartbeat_at)}</dd>
            <dt>{run.ended_at ? "Ended" : "Lease until"}</dt>
            <dd>{exact(run.ended_at ?? run.lease_until)}</dd>
            {run.error_class ? (
              <>
                <dt>Error</dt>
                <dd className="red">
                  {run.error_class.replaceAll("_", " ")}: {run.error_message}
                </dd>
              </>
            ) : null}
            <dt>Output</dt>
            <dd>
              {bytes(run.log_bytes)}
              {run.log_sha256 ? (
                <>
                  , <Id value={run.log_sha256} what="log sha256" />
                </>
              ) : null}
            </dd>
          </dl>
        </li>
      ))}
    </ol>
  );
}

function EvidenceList({ page: { evidence } }: { page: JobPage }) {
  if (evidence.length === 0) return <EmptyNote title="This job left no evidence." />;
  return (
    <ul className="stack tight">
      {evidence.map((one) => (
        <li key={one.id}>
          <p className="anywhere">
            <span className={one.ok ? "t2" : "red"}>{one.ok ? "passed" : "failed"}</span> <b>{one.finding}</b>
          </p>
          <p className="note anywhere">
            {one.kind} of {one.subject}, {exact(one.seen_at)}, counts until {exact(one.stale_at)}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Json({ value }: { value: unknown }) {
  return (
    <pre className="code" tabIndex={0}>
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}
