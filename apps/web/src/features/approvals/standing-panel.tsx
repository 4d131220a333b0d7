"use client";
import type { Standing } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { Id } from "../../ui/copy.tsx";
import { FormError, NoEnter, ReasonField, Submit } from "../../ui/form.tsx";
import { money, person } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { EmptyNote, Panel } from "../../ui/panel.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { TypeIt } from "./answer-fields.tsx";
import { endStandingAction, signStandingAction } from "./standing-actions.ts";

const STATES: Readonly<Record<Standing["state"], string>> = {
  stands: "stands",
  unsigned: "waits for a second signature",
  used_up: "used up",
  over: "its date has passed",
  void: "void: the type has a newer version",
  ended: "ended",
};

type Item = Standing & { may: boolean; mine: boolean };

/** Plans that need no person each time: what, how often, until when, by whom, and the ways to sign or end one. */
export function StandingPanel({ items }: { items: readonly Item[] }) {
  return (
    <Panel
      title="Plans that need no person each time"
      aside={<span className="desk-only">Any change of the plan asks again</span>}
    >
      {items.length === 0 ? (
        <EmptyNote title="There is none.">
          <p className="t2">One is signed from the card of a job whose plan is always the same.</p>
        </EmptyNote>
      ) : null}
      <ul className="list pauses">
        {items.map((one) => (
          <li key={one.id}>
            <Icon name={one.state === "stands" ? "check" : one.state === "unsigned" ? "hourglass" : "circle-x"} small />
            <Terms one={one} />
            {one.ended_at === null ? <Answers one={one} /> : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Terms({ one }: { one: Standing }) {
  return (
    <div className="grow anywhere">
      <p>
        <b>
          {one.type.replaceAll("_", " ")}
          {one.schedule === null ? "" : ` of ${one.schedule}`}
        </b>{" "}
        in {one.venture}: {STATES[one.state]}.{" "}
        <span className="t2">
          Used {one.uses}
          {one.max_uses === null ? "" : ` of ${one.max_uses}`} times
          {one.budget_microusd === 0 ? "" : `, ${money(one.committed_microusd)} of ${money(one.budget_microusd)}`},
          until <Time at={one.until} form="day" />. “{one.reason}” Signed by {one.signed_by.map(person).join(", ")}
          {one.ended_by === null ? "" : `. ${person(one.ended_by)} ended it: “${one.ended_reason ?? ""}”`}
        </span>
      </p>
      <details>
        <summary className="link cap">
          Its plan<span className="sr"> of the standing approval of {one.type}</span>
        </summary>
        <p className="cap t2">
          <Id value={one.plan_hash} what="plan hash" />
        </p>
        <pre className="code" tabIndex={0}>
          {JSON.stringify(JSON.parse(one.plan), null, 2)}
        </pre>
      </details>
    </div>
  );
}

function Answers({ one }: { one: Item }) {
  return (
    <div className="row wrap">
      {one.state === "unsigned" && !one.mine ? <SignForm one={one} /> : null}
      <EndForm one={one} />
    </div>
  );
}

function SignForm({ one }: { one: Item }) {
  const [state, action] = useFormAction(signStandingAction);
  return (
    <details className="cancel" open={state.error === undefined ? undefined : true}>
      <summary className="btn small">
        Sign…<span className="sr"> the standing approval of {one.type}</span>
      </summary>
      <form action={action} className="cancel-box">
        <NoEnter />
        <input type="hidden" name="id" value={one.id} />
        <input type="hidden" name="plan_hash" value={one.plan_hash} />
        <p className="t2">Read its plan first: you approve exactly this, as often as the terms say.</p>
        {one.typed === null ? null : <TypeIt toType={one.typed} yes="sign" />}
        <FormError state={state} />
        <Submit disabled={!one.may} title={one.may ? undefined : "Needs the role approver"}>
          Sign as the second person
        </Submit>
      </form>
    </details>
  );
}

function EndForm({ one }: { one: Item }) {
  const [state, action] = useFormAction(endStandingAction);
  return (
    <details className="cancel" open={state.error === undefined ? undefined : true}>
      <summary className="btn small">
        End…<span className="sr"> the standing approval of {one.type}</span>
      </summary>
      <form action={action} className="cancel-box">
        <NoEnter />
        <input type="hidden" name="id" value={one.id} />
        <ReasonField state={state} label="Why? Others will read it" />
        <FormError state={state} />
        <Submit disabled={!one.may} title={one.may ? undefined : "Needs the role approver"}>
          End it for good
        </Submit>
      </form>
    </details>
  );
}
