import { createClient, type SupabaseClient, type SupportedStorage } from "@supabase/supabase-js";
import type { Database } from "../database.types.ts";

/** A Supabase client that acts as one operator (or as nobody, before signing in). */
export type PeopleClient = SupabaseClient<Database>;

export interface PeopleClientOptions {
  /** Base URL of the project or of the local stack, without /rest/v1. */
  url: string;
  anonKey: string;
  /** Where the session lives. Without one the session is kept in memory and ends with the process. */
  storage?: SupportedStorage;
  /** No request takes longer than this; default 15 000 ms. */
  timeoutMs?: number;
}

/**
 * Makes a client for one process that acts for one operator. Nothing is contacted yet. Tokens are refreshed when a
 * call needs it, never by a timer. The session is read from `storage` before every call, so several processes may share it.
 */
export function createPeopleClient(options: PeopleClientOptions): PeopleClient {
  const timeoutMs = options.timeoutMs ?? 15_000;
  return createClient<Database>(options.url, options.anonKey, {
    auth: {
      autoRefreshToken: false,
      detectSessionInUrl: false,
      persistSession: options.storage !== undefined,
      storageKey: "holdpoint",
      ...(options.storage ? { storage: options.storage } : {}),
    },
    // Its own retries of a 503 (1, 2, 4 s) would make an outage look like a slow page; callers decide.
    db: { retry: false },
    global: {
      fetch: (input, init) => {
        const deadline = AbortSignal.timeout(timeoutMs);
        return fetch(input, {
          ...init,
          signal: init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
        });
      },
    },
  });
}
