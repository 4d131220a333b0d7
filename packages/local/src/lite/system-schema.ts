import { App } from "@supabase/lite";
import { openConnection } from "./connection.ts";

/**
 * Makes the schema `auth` (users, sessions, refresh tokens, `auth.uid()`) as Supabase Lite wants it. Adds only what
 * is missing. `ownerUrl` is the superuser's; the migrations come after it, the Lite host after those.
 */
export async function ensureSystemSchema(ownerUrl: string): Promise<void> {
  const connection = openConnection(ownerUrl, { max: 1 });
  try {
    const app = new App({
      connection,
      auth: { enabled: true },
      storage: { enabled: false },
      studio: { enabled: false },
      realtime: { enabled: false },
      options: { server: { admin: false, disableStudio: true, disableFallback: true } },
    });
    await app.ensureSystemSchema();
  } finally {
    await connection.close();
  }
}
