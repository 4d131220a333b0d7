"use client";
import Link from "next/link";
import type { ReactNode } from "react";
import { useFormStatus } from "react-dom";
import type { FormState } from "./form-state.ts";
import { Icon } from "./icon.tsx";

/** A submit button that says so while its form is on the way. */
export function Submit(props: {
  children: ReactNode;
  className?: string;
  name?: string;
  value?: string;
  disabled?: boolean;
  title?: string;
  shortcut?: string;
  /** Answers although a field of the form is not filled in. */
  formNoValidate?: boolean;
}) {
  const { pending } = useFormStatus();
  const { className = "btn", shortcut, disabled = false, ...rest } = props;
  return (
    <button
      {...rest}
      type="submit"
      className={className}
      disabled={disabled}
      aria-busy={pending}
      aria-keyshortcuts={shortcut}
      data-shortcut={shortcut}
    />
  );
}

/** Why the form was refused and what to do, above its button. */
export function FormError({ state, id }: { state: FormState; id?: string }) {
  if (!state.error) return null;
  return (
    <div className="form-error" role="alert" id={id}>
      <Icon name="circle-x" />
      <div className="grow anywhere">
        {state.error.message}
        {state.error.remedy ? <> {state.error.remedy}</> : null}
      </div>
    </div>
  );
}

/** What was done, and the way to what was made. */
export function FormDone({ state }: { state: FormState }) {
  if (state.done === undefined) return null;
  return (
    <p role="status" className="t2 anywhere">
      {state.done}{" "}
      {state.to ? (
        <Link className="link" href={state.to.href} prefetch={false}>
          {state.to.words}
        </Link>
      ) : null}
    </p>
  );
}

/** The field of a reason that is kept: required, and given back when the form is refused. */
export function ReasonField({ state, label }: { state: FormState; label: string }) {
  return (
    <label className="field">
      <span>{label}</span>
      <input
        className="input"
        name="reason"
        required
        minLength={3}
        maxLength={500}
        autoComplete="off"
        defaultValue={state.values?.["reason"]}
      />
    </label>
  );
}

/** First in a form where Enter must not answer: the default button is a disabled one. */
export function NoEnter() {
  return <button type="submit" disabled hidden aria-hidden="true" tabIndex={-1} />;
}
