"use client";
import type { Operator } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { FormError, NoEnter, Submit } from "../../ui/form.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { actOnOperator } from "./actions.ts";

const ROLES = ["viewer", "approver", "admin", "none"] as const;

/** One operator: what it may do and since when, and for an admin what can be changed. */
export function OperatorRow({
  operator,
  ventures,
  may,
}: {
  operator: Operator;
  ventures: readonly string[];
  may: boolean;
}) {
  const roles = operator.memberships.map(({ venture, role }) => `${role} in ${venture}`).join(", ");
  return (
    <li>
      <span className="grow anywhere">
        <span className="med">{operator.email}</span>{" "}
        {operator.active ? null : <span className="med red">DEACTIVATED </span>}
        <span className="t2">{roles === "" ? "no role" : roles}</span>
      </span>
      <span className="t3 num nw desk-only">
        since <Time at={operator.created_at} form="day" />
      </span>
      {may ? <Change operator={operator} ventures={ventures} /> : null}
    </li>
  );
}

function Change({ operator, ventures }: { operator: Operator; ventures: readonly string[] }) {
  const [state, action] = useFormAction(actOnOperator);
  return (
    <details className="cancel" open={state.error !== undefined ? true : undefined}>
      <summary className="btn small">
        Change…<span className="sr"> {operator.email}</span>
      </summary>
      <form action={action} className="cancel-box">
        <NoEnter />
        <input type="hidden" name="email" value={operator.email} />
        <label className="field">
          <span>Venture (fleet is everywhere)</span>
          <select className="select" name="venture" defaultValue="fleet">
            {ventures.map((key) => (
              <option key={key}>{key}</option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Role there</span>
          <select className="select" name="role" defaultValue={operator.memberships[0]?.role ?? "viewer"}>
            {ROLES.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </label>
        <Submit className="btn wide" name="verb" value="role">
          Set this role
        </Submit>
        <Submit className="btn wide" name="verb" value="end-sessions">
          End all sessions
        </Submit>
        <Submit className="btn wide" name="verb" value={operator.active ? "deactivate" : "activate"}>
          {operator.active ? "Deactivate: nothing may be done from now on" : "Activate"}
        </Submit>
        <FormError state={state} />
        {state.done ? (
          <p role="status" className="t2">
            {state.done}
          </p>
        ) : null}
      </form>
    </details>
  );
}
