"use client";
import { useActionState } from "react";
import type { FormState } from "../../ui/form-state.ts";
import { FormError, Submit } from "../../ui/form.tsx";
import { changePasswordAction } from "./actions.ts";

const NOTHING: FormState = {};

export function PasswordForm({ email }: { email: string }) {
  const [state, action] = useActionState(changePasswordAction, NOTHING);
  const wrong = (field: string) => state.error?.field === field;
  return (
    <form action={action} className="panel">
      <h1>Choose a password</h1>
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      <label className="field">
        <span>Current password</span>
        <input
          className="input"
          name="current"
          type="password"
          autoComplete="current-password"
          required
          aria-invalid={wrong("current")}
        />
      </label>
      <label className="field">
        <span>New password, at least 12 characters</span>
        <input
          className="input"
          name="password"
          type="password"
          autoComplete="new-password"
          required
          minLength={12}
          aria-invalid={wrong("password")}
        />
      </label>
      <label className="field">
        <span>New password again</span>
        <input
          className="input"
          name="again"
          type="password"
          autoComplete="new-password"
          required
          minLength={12}
          aria-invalid={wrong("again")}
        />
      </label>
      <FormError state={state} />
      <Submit className="btn primary">Change password</Submit>
      <p className="note">Your other sessions end.</p>
    </form>
  );
}
