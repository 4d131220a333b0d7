"use client";
import { useId, type ReactNode } from "react";
import { FormError, NoEnter, Submit } from "../../ui/form.tsx";
import type { FormState } from "../../ui/form-state.ts";
import { Icon } from "../../ui/icon.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { changeCap } from "./actions.ts";

const NAMES: Record<string, string> = {
  venture: "Whose",
  period: "For",
  cap_microusd: "What may be spent",
  threshold_microusd: "A person is asked past",
  until: "Override until",
};

/** Sets a cap, or overrides one until a time. An empty venture is the whole fleet. */
export function CapForm({ ventures, may }: { ventures: readonly string[]; may: boolean }) {
  const [state, action] = useFormAction(changeCap);
  const error = useId();
  const field = { state, error };
  return (
    <form action={action} className="cap-form stack" noValidate>
      <NoEnter />
      <fieldset disabled={!may} className="stack">
        <legend className="med">Set or override a cap</legend>
        <div className="part">
          <Choice {...field} name="venture">
            {ventures.map((key) => (
              <option key={key} value={key}>
                {key === "" ? "The whole fleet" : key}
              </option>
            ))}
          </Choice>
          <Choice {...field} name="period">
            <option value="day">A day</option>
            <option value="week">A week, from Monday</option>
          </Choice>
          <Given {...field} name="cap_microusd" unit="dollars" placeholder="25" />
          <Given {...field} name="threshold_microusd" unit="dollars, of a day" placeholder="as it is, else 25" />
        </div>
        <Given {...field} name="until" unit="UTC; only to override" type="datetime-local" />
        <FormError state={named(state)} id={error} />
        {state.done ? (
          <p role="status" className="t2">
            {state.done}
          </p>
        ) : null}
        <div className="row wrap">
          <Submit className="btn" name="verb" value="set">
            Set the cap
          </Submit>
          <Submit className="btn" name="verb" value="override">
            <Icon name="clock-alert" small />
            Override until then
          </Submit>
          <span className="t2">An override falls back to the cap by itself.</span>
        </div>
      </fieldset>
      {may ? null : <p className="note">Needs the role admin: of a venture for its caps, of the fleet for all.</p>}
    </form>
  );
}

interface FieldProps {
  name: string;
  state: FormState;
  /** The id of the form's error. */
  error: string;
}

function Given(props: FieldProps & { unit: string; placeholder?: string; type?: string }) {
  const { name, state, error, unit, placeholder, type = "text" } = props;
  return (
    <label className="field">
      <span>
        {NAMES[name]} <span className="t3">({unit})</span>
      </span>
      <input
        className="input"
        {...toldBy(state, name, error)}
        name={name}
        type={type}
        inputMode={type === "text" ? "decimal" : undefined}
        autoComplete="off"
        placeholder={placeholder}
        defaultValue={state.values?.[name]}
      />
    </label>
  );
}

function Choice({ name, state, error, children }: FieldProps & { children: ReactNode }) {
  const value = state.values?.[name];
  return (
    <label className="field">
      <span>{NAMES[name]}</span>
      <select className="select" {...toldBy(state, name, error)} name={name} defaultValue={value} key={value}>
        {children}
      </select>
    </label>
  );
}

/** Marks the field that was refused and points to why. */
function toldBy(state: FormState, name: string, error: string): object {
  return state.error?.field === name ? { "aria-invalid": true, "aria-describedby": error } : {};
}

/** The refusal with the field's own name before it. */
function named(state: FormState): FormState {
  const label = NAMES[state.error?.field ?? ""];
  if (state.error === undefined || label === undefined) return state;
  return { ...state, error: { ...state.error, message: `${label}: ${state.error.message}` } };
}
