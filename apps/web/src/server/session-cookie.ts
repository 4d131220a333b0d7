import type { CookieOptionsWithName } from "@supabase/ssr";

/** The session cookie: read by this server only, never by a script, never sent along from another site. */
export function sessionCookie(secure: boolean): CookieOptionsWithName {
  return { name: "hp-auth", httpOnly: true, sameSite: "lax", secure, path: "/", maxAge: 30 * 24 * 3600 };
}
