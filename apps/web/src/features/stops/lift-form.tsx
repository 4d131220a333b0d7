"use client";
import type { OperatorRole } from "@holdpoint/policy";
import { FormError, Submit } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { liftStopAction } from "./actions.ts";
import { useFormAction } from "../../ui/use-form-action.ts";

/** Slow on purpose: an admin, and the word typed. */
export function LiftForm({ id, role, waiting }: { id: string; role: OperatorRole | null; waiting: string | null }) {
  const [state, action] = useFormAction(liftStopAction);
  const may = role === "admin";
  return (
    <form action={action} className="lift stack">
      <input type="hidden" name="id" value={id} />
      <ol className="rit">
        <li>
          <Icon name="circle-dot" />
          <div>
            <b>Read what starts again.</b>
            <p className="t2">{waiting ?? "Queued work becomes ready at once, within the limits of each venture."}</p>
          </div>
        </li>
        <li>
          <Icon name="circle-dot" />
          <div>
            <b>Type the word.</b>
            <label className="field">
              <span className="mono">LIFT</span>
              <input
                className="input"
                name="confirmation"
                autoComplete="off"
                autoCapitalize="characters"
                spellCheck={false}
                disabled={!may}
                required
                pattern="\s*LIFT\s*"
                title="The word LIFT in capitals"
              />
            </label>
          </div>
        </li>
      </ol>
      <FormError state={state} />
      <Submit className="btn wide" disabled={!may} title={may ? undefined : "Needs the role admin in the fleet"}>
        <Icon name="lock-open" small />
        Lift this stop
      </Submit>
      {may ? null : (
        <p className="note">Lifting a stop needs the role admin in the fleet; yours is {role ?? "none"}.</p>
      )}
    </form>
  );
}
