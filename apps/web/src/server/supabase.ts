import "server-only";
import { HoldpointError } from "@holdpoint/policy";
import type { PeopleClient } from "@holdpoint/db/people";
import { createServerClient } from "@supabase/ssr";
import { cookies, headers } from "next/headers";
import { webEnvironment, type WebConfig } from "../env.ts";
import { clientOptions } from "./client-options.ts";

/** The configuration, or an `unavailable` error that names what is missing. */
export function requireConfig(): WebConfig {
  const { config, problems } = webEnvironment();
  if (config) return config;
  throw new HoldpointError("unavailable", "missing_config", problems.map((one) => one.message).join(" "));
}

/**
 * A client that acts with the operator's session of this request. In pages cookies cannot be written: the proxy has
 * refreshed the session before. In actions and route handlers they can.
 */
export async function operatorClient(): Promise<PeopleClient> {
  const { supabaseUrl, anonKey } = requireConfig();
  const jar = await cookies();
  const secure = (await headers()).get("x-forwarded-proto") === "https";
  return createServerClient(supabaseUrl, anonKey, {
    ...clientOptions(secure),
    cookies: {
      getAll: () => jar.getAll(),
      setAll(all) {
        try {
          for (const { name, value, options } of all) jar.set(name, value, options);
        } catch {
          // A page can't set cookies; the proxy does on the next request.
        }
      },
    },
  });
}
