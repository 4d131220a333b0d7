"use client";
import { FormDone, FormError, NoEnter, Submit } from "../../ui/form.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { setRetentionAction } from "./actions.ts";

/** How long ended jobs and the output of runs are kept; dropping months takes a typed word. */
export function RetentionForm({ may }: { may: boolean }) {
  const [state, action] = useFormAction(setRetentionAction);
  return (
    <form action={action} className="cap-form">
      <NoEnter />
      <fieldset disabled={!may} className="stack">
        <legend className="med">Set how long</legend>
        <div className="part">
          <label className="field">
            <span>Months of ended jobs; empty: as it is</span>
            <input
              className="input"
              name="months"
              inputMode="numeric"
              autoComplete="off"
              defaultValue={state.values?.["months"]}
            />
          </label>
          <label className="field">
            <span>Days of output; empty: as it is</span>
            <input
              className="input"
              name="log_days"
              inputMode="numeric"
              autoComplete="off"
              defaultValue={state.values?.["log_days"]}
            />
          </label>
        </div>
        <label className="field">
          <span>
            With months: type <b className="mono">DROP</b>; what is dropped does not come back
          </span>
          <input className="input" name="confirmation" autoComplete="off" spellCheck={false} />
        </label>
        <FormError state={state} />
        <FormDone state={state} />
        <div className="row wrap">
          <Submit name="verb" value="set">
            Set it
          </Submit>
          <Submit name="verb" value="for_ever">
            Keep ended jobs for ever
          </Submit>
        </div>
      </fieldset>
      {may ? null : <p className="note">Needs the role admin in the fleet.</p>}
    </form>
  );
}
