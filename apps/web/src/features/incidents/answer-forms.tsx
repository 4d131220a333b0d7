"use client";
import { FormDone, FormError, NoEnter, ReasonField, Submit } from "../../ui/form.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { resolveAction, resubmitAction } from "./actions.ts";

/** Ends the quarantine of what is no job. */
export function ResolveForm({ id }: { id: string }) {
  const [state, action] = useFormAction(resolveAction);
  return (
    <form action={action} className="stack tight">
      <NoEnter />
      <input type="hidden" name="id" value={id} />
      <ReasonField state={state} label="Why? Others will read it" />
      <FormError state={state} />
      <div className="row wrap">
        <Submit name="verb" value="discard">
          Discard
        </Submit>
        <Submit name="verb" value="release">
          Release
        </Submit>
      </div>
    </form>
  );
}

/** Edits the payload of a failed job; a new job takes its place. */
export function ResubmitForm({ job, payload }: { job: string; payload: string }) {
  const [state, action] = useFormAction(resubmitAction);
  return (
    <details className="cancel" open={state.error !== undefined ? true : undefined}>
      <summary className="btn small">Edit and resubmit…</summary>
      <form action={action} className="stack tight">
        <NoEnter />
        <input type="hidden" name="job" value={job} />
        <input type="hidden" name="key" value={`edit:${job}`} />
        <label className="field">
          <span>Payload</span>
          <textarea
            className="input mono"
            name="payload"
            rows={8}
            spellCheck={false}
            defaultValue={state.values?.["payload"] ?? payload}
          />
        </label>
        <ReasonField state={state} label="Why? Others will read it" />
        <FormError state={state} />
        <FormDone state={state} />
        <Submit>Submit the edit, discard this one</Submit>
      </form>
    </details>
  );
}
