"use client";
import { FormDone, FormError, NoEnter, Submit } from "../../ui/form.tsx";
import { KeyField } from "../../ui/key-field.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { setLimitAction } from "./actions.ts";
import { OF_FLEET, TARGETS } from "./targets.ts";

/** Sets or removes a limit. Who may is decided by the database: an admin of the venture, or of the fleet. */
export function LimitForm({ names, may }: { names: readonly string[]; may: boolean }) {
  const [state, action] = useFormAction(setLimitAction);
  const kept = state.values ?? {};
  return (
    <form action={action} className="pad">
      <NoEnter />
      <fieldset disabled={!may} className="stack">
        <legend className="sr">Which limit</legend>
        <div className="part">
          <label className="field">
            <span>Which</span>
            <select className="select" name="target" defaultValue={kept["target"] ?? "venture"} key={kept["target"]}>
              {[...TARGETS, ...OF_FLEET].map(({ target, name }) => (
                <option key={target} value={target}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <KeyField state={state} label="Its name; none for the fleet’s own" names={names} />
          <label className="field">
            <span>How many</span>
            <input className="input" name="max" inputMode="numeric" autoComplete="off" defaultValue={kept["max"]} />
          </label>
          <label className="field">
            <span>In which period; only of a provider</span>
            <input className="input" name="period" placeholder="1m" autoComplete="off" defaultValue={kept["period"]} />
          </label>
        </div>
        <FormError state={state} />
        <FormDone state={state} />
        <div className="row wrap">
          <Submit name="verb" value="set">
            Set the limit
          </Submit>
          <Submit name="verb" value="remove">
            Remove it
          </Submit>
          <span className="t2">Holds from the answer on; what runs goes on and counts.</span>
        </div>
      </fieldset>
      {may ? null : (
        <p className="note">Needs the role admin: of a venture for its limits, of the fleet for the others.</p>
      )}
    </form>
  );
}
