"use server";
import { HoldpointError } from "@holdpoint/policy";
import { toHoldpointError } from "@holdpoint/db";
import { createPeopleClient, signIn, signOut, whoami } from "@holdpoint/db/people";
import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import type { FormState } from "../../ui/form-state.ts";
import { safePath, text } from "../../server/form.ts";
import { operatorClient, requireConfig } from "../../server/supabase.ts";

const MIN_PASSWORD = 12;

export async function signInAction(_before: FormState, form: FormData): Promise<FormState> {
  const email = text(form, "email").trim().toLowerCase();
  try {
    await signIn(await operatorClient(), { email, password: text(form, "password") });
  } catch (error) {
    const { code, message, remedy } = toHoldpointError(error);
    const said =
      code === "unauthenticated" || code === "invalid" || code === "forbidden"
        ? "This e-mail and password do not belong together."
        : message;
    return { error: { message: said, remedy: remedy ?? null }, values: { email } };
  }
  redirect(safePath(text(form, "next")));
}

/** Changes the password: the current one is checked first, other sessions end, and the reminder goes away. */
export async function changePasswordAction(_before: FormState, form: FormData): Promise<FormState> {
  try {
    await changePassword(text(form, "current"), text(form, "password"), text(form, "again"));
  } catch (error) {
    const { message, remedy, field } = toHoldpointError(error);
    return { error: { message, remedy: remedy ?? null, field: field ?? null } };
  }
  redirect("/");
}

async function changePassword(current: string, password: string, again: string): Promise<void> {
  if (password !== again)
    throw new HoldpointError("invalid", "mismatch", "The two new passwords differ.", { field: "again" });
  if (password.length < MIN_PASSWORD) {
    const message = `The new password needs at least ${MIN_PASSWORD} characters.`;
    throw new HoldpointError("invalid", "too_short", message, { field: "password" });
  }
  if (password === current)
    throw new HoldpointError("invalid", "same", "The new password is the old one.", { field: "password" });
  const client = await operatorClient();
  const { email } = await whoami(client);
  const { supabaseUrl, anonKey } = requireConfig();
  // updateUser asks for no current password, so a throw-away sign-in does.
  const check = createPeopleClient({ url: supabaseUrl, anonKey });
  const wrong = await signIn(check, { email, password: current }).then(
    () => null,
    (error: unknown) => toHoldpointError(error),
  );
  if (wrong) {
    if (wrong.code === "unavailable" || wrong.code === "internal") throw wrong;
    throw new HoldpointError("invalid", "wrong_password", "The current password is not right.", { field: "current" });
  }
  const { error } = await client.auth.updateUser({ password });
  if (error) throw toHoldpointError(error);
  const { error: notCleared } = await client.rpc("password_changed");
  if (notCleared) throw toHoldpointError(notCleared);
  await client.auth.signOut({ scope: "others" });
}

export async function signOutAction(): Promise<void> {
  await signOut(await operatorClient());
  redirect("/login");
}

/** Light, dark, or as the system says: kept in a cookie, so that the server draws the right one at once. */
export async function setThemeAction(form: FormData): Promise<void> {
  const theme = text(form, "theme");
  const jar = await cookies();
  if (theme === "light" || theme === "dark") {
    jar.set("hp-theme", theme, { path: "/", sameSite: "lax", maxAge: 365 * 24 * 3600 });
  } else jar.delete("hp-theme");
}
