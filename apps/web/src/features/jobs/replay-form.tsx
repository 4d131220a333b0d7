"use client";
import { FormDone, FormError, NoEnter, Submit } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { replayAction } from "./actions.ts";

interface Props {
  jobId: string;
  payload: string;
  /** Names of the steps whose results are kept, in order. */
  steps: readonly string[];
  /** The idempotency key of this form: sending it twice makes one job. */
  requestKey: string;
  refusal: string | null;
}

/** A new job from this one: with the same or another payload, from a step on, for real or as a dry run. */
export function ReplayForm({ jobId, payload, steps, requestKey, refusal }: Props) {
  const [state, action] = useFormAction(replayAction);
  if (refusal) {
    return (
      <button type="button" className="btn small" disabled title={refusal} aria-label={`Replay. ${refusal}`}>
        Replay…
      </button>
    );
  }
  return (
    <details className="deed" open={state.error !== undefined || state.done !== undefined ? true : undefined}>
      <summary className="btn small">Replay…</summary>
      <form action={action} className="stack tight">
        <NoEnter />
        <input type="hidden" name="job" value={jobId} />
        <input type="hidden" name="key" value={requestKey} />
        <p className="t2">
          A new job of this type and venture. It goes through admission like any job; this one stays.
        </p>
        {steps.length === 0 ? null : (
          <label className="field">
            <span>From</span>
            <select
              className="select"
              name="from_step"
              defaultValue={state.values?.["from_step"] ?? ""}
              key={state.values?.["from_step"]}
            >
              <option value="">the beginning</option>
              {steps.map((step) => (
                <option key={step} value={step}>
                  step {step}: results before it are taken over
                </option>
              ))}
            </select>
          </label>
        )}
        <label className="field">
          <span>Payload</span>
          <textarea
            className="input mono"
            name="payload"
            rows={Math.min(8, payload.split("\n").length)}
            spellCheck={false}
            defaultValue={state.values?.["payload"] ?? payload}
          />
        </label>
        <FormError state={state} />
        <FormDone state={state} />
        <div className="row wrap">
          <Submit name="verb" value="dry">
            <Icon name="flask-conical" small />
            Dry run
          </Submit>
          <Submit name="verb" value="replay">
            <Icon name="rotate-ccw" small />
            Replay
          </Submit>
          <span className="t2">Dry run: no effect is called, no money set aside; the approvals are the same.</span>
        </div>
      </form>
    </details>
  );
}
