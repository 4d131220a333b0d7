"use client";
import { FormError, NoEnter, ReasonField, Submit } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { KeyField } from "../../ui/key-field.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { actOnPart } from "./actions.ts";

const SCOPES = [
  ["venture", "One venture"],
  ["type", "One job type"],
  ["queue", "One queue"],
  ["lane", "One lane"],
  ["worker", "One worker (stop only)"],
  ["paid", "All paid work (stop only)"],
  ["effects", "All work with outside effects (stop only)"],
] as const;

/** Stops or pauses a part of the work. What each does is said beside its button. */
export function PartForm({ names, may }: { names: readonly string[]; may: boolean }) {
  const [state, action] = useFormAction(actOnPart);
  return (
    <form action={action} className="stack">
      <NoEnter />
      <fieldset disabled={!may} className="stack">
        <legend className="sr">Which part</legend>
        <div className="part">
          <label className="field">
            <span>Scope</span>
            <select
              className="select"
              name="scope"
              defaultValue={state.values?.["scope"] ?? "venture"}
              key={state.values?.["scope"]}
            >
              {SCOPES.map(([scope, name]) => (
                <option key={scope} value={scope}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <KeyField state={state} label="Its name" names={names} placeholder="none for paid work and effects" />
        </div>
        <ReasonField state={state} label="Why? Others will read it" />
        <FormError state={state} />
        {state.done ? (
          <p role="status" className="t2">
            {state.done}
          </p>
        ) : null}
        <div className="row wrap">
          <Submit className="btn" name="verb" value="pause">
            <Icon name="pause" small />
            Pause it
          </Submit>
          <Submit className="btn" name="verb" value="stop">
            <Icon name="octagon" small />
            Stop it
          </Submit>
          <span className="t2">Pause: what runs goes on. Stop: what runs is aborted.</span>
        </div>
      </fieldset>
      {may ? null : <p className="note">Needs the role approver, in the venture or for wider scopes in the fleet.</p>}
    </form>
  );
}
