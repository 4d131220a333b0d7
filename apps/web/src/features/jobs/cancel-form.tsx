"use client";
import { FormError, NoEnter, Submit } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { cancelJobAction } from "./actions.ts";
import { useFormAction } from "../../ui/use-form-action.ts";

/** Cancel with a reason: opens in place, also without scripts. A control that can't be used says why. */
export function CancelForm({
  jobId,
  running,
  refusal,
  open,
}: {
  jobId: string;
  running: boolean;
  refusal: string | null;
  open: boolean;
}) {
  const [state, action] = useFormAction(cancelJobAction);
  if (refusal) {
    return (
      <button type="button" className="btn" disabled title={refusal} aria-label={`Cancel. ${refusal}`}>
        Cancel…
      </button>
    );
  }
  return (
    <details className="cancel" open={open || state.error !== undefined ? true : undefined}>
      <summary className="btn">Cancel…</summary>
      <form action={action} className="cancel-box">
        <NoEnter />
        <input type="hidden" name="job" value={jobId} />
        <p className="t2">
          {running
            ? "The run gets its signal within a second; it ends as canceled unless it settled first."
            : "The job ends at once. Nothing runs."}
        </p>
        <label className="field">
          <span>Reason, kept in the event</span>
          <input
            className="input"
            name="reason"
            required
            maxLength={500}
            autoComplete="off"
            defaultValue={state.values?.["reason"]}
          />
        </label>
        <FormError state={state} />
        <Submit className="btn wide">
          <Icon name="ban" small />
          {running ? "Cancel this run" : "Cancel this job"}
        </Submit>
      </form>
    </details>
  );
}
