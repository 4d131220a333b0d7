"use client";
import { FormError, Submit } from "../../ui/form.tsx";
import { signInAction } from "./actions.ts";
import { useFormAction } from "../../ui/use-form-action.ts";

export function SignInForm({ next }: { next: string }) {
  const [state, action] = useFormAction(signInAction);
  return (
    <form action={action} className="panel">
      <h1>Sign in</h1>
      <input type="hidden" name="next" value={next} />
      <label className="field">
        <span>E-mail</span>
        <input
          className="input"
          name="email"
          type="email"
          autoComplete="username"
          required
          defaultValue={state.values?.["email"]}
        />
      </label>
      <label className="field">
        <span>Password</span>
        <input
          className="input"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          aria-invalid={state.error !== undefined}
          aria-describedby="sign-in-error"
        />
      </label>
      <FormError state={state} id="sign-in-error" />
      <Submit className="btn primary">Sign in</Submit>
    </form>
  );
}
