"use client";
import { FormError, NoEnter, Submit } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { actOnWorker } from "./actions.ts";

/** Drain, undrain and kill of one worker: opens in place, also without scripts. */
export function WorkerActions(props: {
  id: string;
  name: string;
  draining: boolean;
  killed: boolean;
  mayDrain: boolean;
  mayKill: boolean;
}) {
  const { id, name, draining, killed, mayDrain, mayKill } = props;
  const [state, action] = useFormAction(actOnWorker);
  if (killed) return <span className="t2">killed</span>;
  if (!mayDrain) {
    const refusal = "Needs the role approver in the fleet";
    return (
      <button type="button" className="btn small" disabled title={refusal} aria-label={`Act on ${name}. ${refusal}.`}>
        Act…
      </button>
    );
  }
  return (
    <details className="cancel" open={state.error !== undefined ? true : undefined}>
      <summary className="btn small">
        {draining ? "Draining…" : "Act…"}
        <span className="sr"> on {name}</span>
      </summary>
      <form action={action} className="cancel-box">
        <NoEnter />
        <input type="hidden" name="worker" value={id} />
        <label className="field">
          <span>Reason, others will read it</span>
          <input
            className="input"
            name="reason"
            maxLength={500}
            autoComplete="off"
            defaultValue={state.values?.["reason"]}
          />
        </label>
        {draining ? (
          <Submit className="btn wide" name="verb" value="undrain">
            <Icon name="undo-2" small />
            Undrain: take work again
          </Submit>
        ) : (
          <Submit className="btn wide" name="verb" value="drain">
            <Icon name="log-out" small />
            Drain: finish what runs, then leave
          </Submit>
        )}
        <label className="field">
          <span>
            To kill it, type <span className="mono">KILL</span>
          </span>
          <input
            className="input"
            name="confirmation"
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            disabled={!mayKill}
          />
        </label>
        <Submit
          className="btn wide"
          name="verb"
          value="kill"
          disabled={!mayKill}
          title={mayKill ? undefined : "Needs the role admin in the fleet"}
        >
          <Icon name="skull" small />
          Kill: abort what runs, jobs to recovery
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
