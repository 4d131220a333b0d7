"use client";
import { FormDone, FormError, NoEnter, Submit } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { sendSignalAction } from "./actions.ts";

/** Sends a signal to a job, with data as JSON. The id makes sending this form twice one signal. */
export function SignalForm(props: { jobId: string; name: string; id: string; refusal: string | null }) {
  const { jobId, name, id, refusal } = props;
  const [state, action] = useFormAction(sendSignalAction);
  return (
    <form action={action}>
      <NoEnter />
      <fieldset disabled={refusal !== null} className="stack tight">
        <legend className="sr">Send a signal</legend>
        <input type="hidden" name="job" value={jobId} />
        <input type="hidden" name="id" value={id} />
        <div className="part">
          <label className="field">
            <span>Signal</span>
            <input
              className="input mono"
              name="name"
              required
              maxLength={63}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              defaultValue={state.values?.["name"] ?? name}
            />
          </label>
          <label className="field">
            <span>Data, as JSON; may be left out</span>
            <textarea
              className="input mono"
              name="data"
              rows={1}
              spellCheck={false}
              placeholder='{"ok": true}'
              defaultValue={state.values?.["data"]}
            />
          </label>
        </div>
        <FormError state={state} />
        <FormDone state={state} />
        <div>
          <Submit>
            <Icon name="arrow-right" small />
            Send the signal
          </Submit>
        </div>
      </fieldset>
      {refusal === null ? null : <p className="note">{refusal}</p>}
    </form>
  );
}
