"use client";
import type { Standing } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { FormError, NoEnter, Submit } from "../../ui/form.tsx";
import { money, person } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { endStandingAction } from "./actions.ts";

const STATES: Readonly<Record<Standing["state"], string>> = {
  stands: "stands",
  unsigned: "waits for a second signature",
  used_up: "used up",
  over: "its date has passed",
  void: "void: the type has a newer version",
  ended: "ended",
};

/** Plans that need no person each time: what, how often, until when, by whom, and the way to end one. */
export function StandingPanel({ items }: { items: readonly (Standing & { may: boolean })[] }) {
  if (items.length === 0) return null;
  return (
    <Panel title="Standing approvals" aside="Any change of the plan asks again">
      <ul className="list pauses">
        {items.map((one) => (
          <li key={one.id}>
            <Icon name={one.state === "stands" ? "check" : "circle-x"} small />
            <span className="grow anywhere">
              <b>
                {one.type.replaceAll("_", " ")}
                {one.schedule === null ? "" : ` of ${one.schedule}`}
              </b>{" "}
              in {one.venture}, plan <span className="mono">{one.plan_hash.slice(0, 12)}</span>: {STATES[one.state]}.{" "}
              <span className="t2">
                Used {one.uses}
                {one.max_uses === null ? "" : ` of ${one.max_uses}`} times
                {one.budget_microusd === 0 ? "" : `, ${money(one.committed_microusd)} of ${money(one.budget_microusd)}`}
                , until <Time at={one.until} form="day" />. “{one.reason}” {one.signed_by.map(person).join(", ")}
              </span>
            </span>
            <EndForm standing={one} may={one.may} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function EndForm({ standing, may }: { standing: Standing; may: boolean }) {
  const [state, action] = useFormAction(endStandingAction);
  return (
    <details className="cancel" open={state.error !== undefined ? true : undefined}>
      <summary className="btn small">
        End…<span className="sr"> the standing approval of {standing.type}</span>
      </summary>
      <form action={action} className="cancel-box">
        <NoEnter />
        <input type="hidden" name="id" value={standing.id} />
        <label className="field">
          <span>Reason</span>
          <input className="input" name="reason" required minLength={3} maxLength={500} autoComplete="off" />
        </label>
        <FormError state={state} />
        <Submit className="btn small" disabled={!may} title={may ? undefined : "Needs the role approver"}>
          End it for good
        </Submit>
      </form>
    </details>
  );
}
