import { answeredHash, type JobDetail, type OpenCall, type Venture } from "@holdpoint/db/people";
import { label, type OperatorRole } from "@holdpoint/policy";
import Link from "next/link";
import type { ReactNode } from "react";
import { Time } from "../../live/time.tsx";
import { Id } from "../../ui/copy.tsx";
import { money, person } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { jobTitle } from "../jobs/title.ts";
import { typeIcon } from "../jobs/type-icon.ts";
import { EvidenceLabel } from "../ventures/evidence-label.tsx";
import { toEvidence } from "../ventures/queries.ts";
import { cardState, type CardState } from "./card-state.ts";
import { DecideBar } from "./decide-bar.tsx";
import { Needed, whyNotYou } from "./needed.tsx";
import { effectsInWords, parsePlan, planDiff, type Difference } from "./plan-diff.ts";

type EvidenceRows = Parameters<typeof toEvidence>[0];

interface Props {
  detail: JobDetail;
  venture: Venture | null;
  role: OperatorRole | null;
  evidence: EvidenceRows;
  /** Whether the newest worker has a sandbox for commands; null: no worker is known. */
  isolation: string | null;
}

/** What a person decides on, in ten seconds: what, where, cost, undo, what changed, evidence, who asked, when it expires. */
export function Card({ detail, venture, role, evidence, isolation }: Props) {
  const { job, plan, now } = detail;
  const name = venture?.name ?? job.venture;
  const body = parsePlan(plan?.body);
  const may = role === "approver" || role === "admin";
  const refusal = may ? null : `Deciding needs the role approver in ${name}; yours is ${role ?? "none"}.`;
  const state = cardState(detail);
  const asked = job.held_for === "park" ? detail.wait : null;
  return (
    <article className="card">
      <div className="body">
        <p className="kind">
          <Icon name={typeIcon(job.type)} small />
          {job.type.replaceAll("_", " ").toUpperCase()}
          <span className="exp">
            <Expiry detail={detail} open={state.kind === "open"} />
          </span>
        </p>
        <h1 className="anywhere">{asked?.request?.title ?? jobTitle(job)}</h1>
        <p className="who">
          {asked ? `asked by the run of ${jobTitle(job)}, ` : ""}of {name}
          {venture?.repository && job.type === "build" ? (
            <>
              , from <span translate="no">{venture.repository}</span>
            </>
          ) : null}
        </p>
        {asked ? <Asked call={asked} /> : null}
        <dl className="facts">
          {job.state !== "held" || job.held_for === "retry" ? <Failed detail={detail} /> : null}
          <Fact name="Cost">
            <Cost detail={detail} />
          </Fact>
          <Fact name="Undo">
            <Undoable body={body} />
          </Fact>
          {job.needs_approval && asked === null ? (
            <Fact name="Changed">
              <Changed detail={detail} />
            </Fact>
          ) : null}
          <Fact name="Evidence">
            <div className="row wrap">
              <EvidenceLabel labeled={label(toEvidence(evidence), Date.parse(now))} evidence={toEvidence(evidence)} />
              <span>health of the venture</span>
            </div>
            {job.type === "build" ? <Isolation isolation={isolation} trusted={venture?.trusted ?? false} /> : null}
          </Fact>
          <Fact name="Asked by">
            {job.submitted_by.kind === "operator"
              ? person(job.submitted_by.id)
              : `${job.submitted_by.kind} ${job.submitted_by.id}`}
            , <Time at={job.created_at} form="ago" />.
          </Fact>
          {state.kind === "open" ? (
            <Fact name="Approval">
              <Needed status={detail.approval_status} />
            </Fact>
          ) : null}
          <Bound detail={detail} asked={asked} standing={state.kind === "open" && may} />
        </dl>
        <Requester payload={job.payload} />
      </div>
      <Foot detail={detail} state={state} refusal={refusal} />
    </article>
  );
}

/** What the answer is bound to, the way to let the same plan through from now on, and what becomes of it unanswered. */
function Bound(props: { detail: JobDetail; asked: OpenCall | null; standing: boolean }) {
  const {
    detail,
    detail: { job, plan, now },
    asked,
  } = props;
  const mayStand = props.standing && job.state === "held" && job.needs_approval && plan !== null && asked === null;
  return (
    <>
      {plan || asked ? (
        <Fact name={asked ? "Request" : "Plan"}>
          <span className="row">
            <Id value={answeredHash(detail) ?? ""} what={asked ? "request hash" : "plan hash"} />
            <span className="t2 cap">
              checked <Time at={now} form="ago" />
            </span>
            <Link
              className="more"
              href={`/jobs/${job.id}#plan`}
              prefetch={false}
              aria-label="Exact payload, references and version"
            >
              <Icon name="chevron-right" small />
            </Link>
          </span>
        </Fact>
      ) : null}
      {job.state === "held" ? (
        <Fact name="Then">
          <span className="t2">{afterwards(asked)}</span>
        </Fact>
      ) : null}
      {mayStand ? (
        <Fact name="Next time">
          <Link className="link" href={`/approvals/${job.id}/standing`} prefetch={false}>
            Approve the same plan from now on…
          </Link>
        </Fact>
      ) : null}
    </>
  );
}

function Foot({ detail, state, refusal }: { detail: JobDetail; state: CardState; refusal: string | null }) {
  const { job, plan, approval_status: status } = detail;
  const body = parsePlan(plan?.body);
  const first = status?.given.find((one) => one.fault === null);
  const asked = job.held_for === "park" ? detail.wait?.request : null;
  const exact = asked ? JSON.stringify(asked, null, 2) : body ? JSON.stringify(body, null, 2) : (plan?.body ?? "");
  return (
    <DecideBar
      key={job.id}
      jobId={job.id}
      planHash={answeredHash(detail)}
      state={state}
      refusal={refusal}
      notYou={whyNotYou(status)}
      fields={status?.form ?? []}
      filled={first?.form ?? {}}
      toType={status?.requirement.typed ?? null}
      openFirst={status?.details_first === true ? exact : null}
      half={first !== undefined}
    />
  );
}

/** What the run itself says about its question: its own words, and nobody's finding. */
function Asked({ call: { request } }: { call: OpenCall }) {
  if (!request || request.summary === "") return null;
  return (
    <blockquote>
      <p className="cap t3">The job’s own words</p>
      <span className="said anywhere">{request.summary}</span>
    </blockquote>
  );
}

function afterwards(asked: OpenCall | null): string {
  if (asked?.request?.otherwise === "throw") {
    return "Rejected, or undecided at expiry: the run is told, and may clean up; what it asked for is not done.";
  }
  return asked
    ? "Rejected, or undecided at expiry: the job ends; what it asked for is not done."
    : "Undecided at expiry: it expires, nothing runs.";
}

function Undoable({ body }: { body: ReturnType<typeof parsePlan> }) {
  if (!body || body.effect_kinds.length === 0) return <p>Nothing outside is changed. A run can be canceled.</p>;
  return (
    <p className="bad">
      <Icon name="triangle-alert" small />
      It {effectsInWords(body.effect_kinds)} outside; that can’t be undone.
    </p>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Expiry({ detail: { job }, open }: { detail: JobDetail; open: boolean }) {
  if (open && job.held_until) {
    return (
      <>
        expires in <Time at={job.held_until} form="in" />
      </>
    );
  }
  if (job.state === "queued" && job.decided_from)
    return (
      <>
        starts <Time at={job.run_at} form="clock" />
      </>
    );
  return <>{job.state}</>;
}

function Cost({ detail: { job, last_approved } }: { detail: JobDetail }) {
  const before = parsePlan(last_approved?.plan)?.ceiling_microusd ?? null;
  if (job.ceiling_microusd === 0) return <b>Free</b>;
  const more = before !== null && before > 0 && job.ceiling_microusd > before * 1.5;
  return (
    <div className={more ? "row worse" : "row"}>
      {more ? <Icon name="triangle-alert" small /> : null}
      <b>at most {money(job.ceiling_microusd)}</b>
      {before === null ? null : <span className="t2 cap end">last time {money(before)}</span>}
    </div>
  );
}

function Changed({ detail: { plan, last_approved } }: { detail: JobDetail }) {
  const before = parsePlan(last_approved?.plan);
  const after = parsePlan(plan?.body);
  if (!last_approved || !before || !after) {
    return (
      <p className="worse">
        <Icon name="triangle-alert" small />
        First of its kind in this venture
      </p>
    );
  }
  const differences = planDiff(before, after);
  return (
    <details>
      <summary>
        {differences.length === 0
          ? "Nothing"
          : differences.slice(0, 2).map((one) => <DifferenceLine key={one.path} {...one} />)}
        {differences.length > 2 ? <span className="t2">and {differences.length - 2} more </span> : null}
        <span className="t3 cap">
          since <Time at={last_approved.at} form="day" />, {person(last_approved.by)}
        </span>
      </summary>
      {differences.slice(2).map((one) => (
        <DifferenceLine key={one.path} {...one} />
      ))}
    </details>
  );
}

function DifferenceLine({ path, before, after }: Difference) {
  return (
    <span className="diffline">
      <span className="t2">{path}</span> <del className="mono">{shorten(before)}</del> <Icon name="arrow-right" small />{" "}
      <ins className="mono">{shorten(after)}</ins>
    </span>
  );
}

const shorten = (text: string) =>
  /^[0-9a-f]{40}$/.test(text) ? text.slice(0, 7) : text.length > 60 ? `${text.slice(0, 57)}…` : text;

function Isolation({ isolation, trusted }: { isolation: string | null; trusted: boolean }) {
  if (isolation !== null && isolation !== "none" && isolation !== "unknown")
    return <p className="t2">Runs in a sandbox: {isolation}.</p>;
  return (
    <p className="worse">
      <Icon name="shield-off" small />
      {isolation === null ? "No worker is known, so no sandbox is." : "Would run without a sandbox."}{" "}
      {trusted ? "This venture is trusted." : ""}
    </p>
  );
}

function Failed({ detail: { incidents } }: { detail: JobDetail }) {
  const last = incidents.at(-1);
  if (!last) return null;
  return (
    <Fact name="Broke">
      <p className="bad anywhere">{last.finding}</p>
      <p className="t2">{last.recommended}</p>
    </Fact>
  );
}

/** A note of the requester's, where the payload has one: marked as theirs, and below everything that was checked. */
function Requester({ payload }: { payload: unknown }) {
  const note = typeof payload === "object" && payload !== null && "note" in payload ? payload.note : null;
  if (typeof note !== "string" || note === "") return null;
  return (
    <blockquote>
      <p className="cap t3">The requester’s words</p>“{note}”
    </blockquote>
  );
}
