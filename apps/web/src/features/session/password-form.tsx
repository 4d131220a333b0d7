"use client";
import { FormError, Submit } from "../../ui/form.tsx";
import { changePasswordAction } from "./actions.ts";
import { useFormAction } from "../../ui/use-form-action.ts";

export function PasswordForm({ email }: { email: string }) {
  const [state, action] = useFormAction(changePasswordAction);
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
