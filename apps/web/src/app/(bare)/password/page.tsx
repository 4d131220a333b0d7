import { whoami } from "@holdpoint/db/people";
import { redirect } from "next/navigation";
import { PasswordForm } from "../../../features/session/password-form.tsx";
import { signOutAction } from "../../../features/session/actions.ts";
import { attempt } from "../../../server/result.ts";
import { operatorClient } from "../../../server/supabase.ts";
import { ErrorNote, Panel } from "../../../ui/panel.tsx";

export const metadata = { title: "Choose a password" };

export default async function PasswordPage() {
  const me = await attempt(async () => whoami(await operatorClient()));
  if (!me.ok && (me.error.code === "unauthenticated" || me.error.code === "forbidden")) redirect("/login");
  if (!me.ok) {
    return (
      <Panel title="Choose a password">
        <ErrorNote what="Your account" error={me.error} at={me.at} />
      </Panel>
    );
  }
  return (
    <>
      {me.data.must_change ? (
        <p className="t2">
          {me.data.email}, your password was made for you. Choose one of your own; then everything else opens.
        </p>
      ) : null}
      <PasswordForm email={me.data.email} />
      <form action={signOutAction}>
        <button className="btn ghost small" type="submit">
          Sign out
        </button>
      </form>
    </>
  );
}
