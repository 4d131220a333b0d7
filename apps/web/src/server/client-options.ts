import type { CookieOptionsWithName } from "@supabase/ssr";
import { withDeadline } from "./deadline.ts";
import { sessionCookie } from "./session-cookie.ts";

interface ClientOptions {
  cookieOptions: CookieOptionsWithName;
  db: { retry: false };
  global: { fetch: typeof fetch };
}

/** What every Supabase client of this server is made with; `secure`: the browser came over https. */
export function clientOptions(secure: boolean): ClientOptions {
  return {
    cookieOptions: sessionCookie(secure),
    // Its own retries of a 503 (1, 2, 4 s) would make an outage look like a slow page.
    db: { retry: false },
    global: { fetch: withDeadline },
  };
}
