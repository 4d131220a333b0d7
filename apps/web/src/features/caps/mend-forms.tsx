"use client";
import { FormError, Submit } from "../../ui/form.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { clearOverrunAction, endOverride } from "./actions.ts";

const NEEDS = "Needs the role admin";

/** Ends an override before its time. */
export function EndOverride({ venture, period, may }: { venture: string; period: string; may: boolean }) {
  const [state, action] = useFormAction(endOverride);
  return (
    <form action={action} className="stack tight">
      <input type="hidden" name="venture" value={venture} />
      <input type="hidden" name="period" value={period} />
      <FormError state={state} />
      <div>
        <Submit className="btn small" disabled={!may} title={may ? undefined : NEEDS}>
          End it now
          <span className="sr">
            , the override of {venture === "" ? "the whole fleet" : venture}, a {period}
          </span>
        </Submit>
      </div>
    </form>
  );
}

/** An admin says what was found, and the venture's paid work may start again. */
export function ClearOverrun({ venture, may }: { venture: string; may: boolean }) {
  const [state, action] = useFormAction(clearOverrunAction);
  return (
    <form action={action} className="stack tight">
      <input type="hidden" name="venture" value={venture} />
      <label className="field">
        <span>What you found; others will read it</span>
        <input
          className="input"
          name="reason"
          required
          minLength={3}
          maxLength={500}
          autoComplete="off"
          disabled={!may}
          defaultValue={state.values?.["reason"]}
        />
      </label>
      <FormError state={state} />
      <div>
        <Submit className="btn small" disabled={!may} title={may ? undefined : NEEDS}>
          Clear the overrun<span className="sr"> of {venture}</span>
        </Submit>
      </div>
    </form>
  );
}
