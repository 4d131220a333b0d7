import { homedir } from "node:os";
import { join } from "node:path";
import { HoldpointError } from "@holdpoint/policy";

/** A hosted project from the environment, or null when none is named. Throws when what is there does not fit together. */
export function hostedProject(env: NodeJS.ProcessEnv): { url: string; anonKey: string } | null {
  const url = pair(env, "NEXT_PUBLIC_SUPABASE_URL", "SUPABASE_URL");
  const anonKey = pair(env, "NEXT_PUBLIC_SUPABASE_ANON_KEY", "SUPABASE_ANON_KEY");
  if (url === null && anonKey === null) return null;
  if (url === null || anonKey === null) {
    const [has, lacks] = url === null ? ["SUPABASE_ANON_KEY", "SUPABASE_URL"] : ["SUPABASE_URL", "SUPABASE_ANON_KEY"];
    throw malformed(lacks, `${has} is set and ${lacks} is not: they belong together.`);
  }
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw malformed("SUPABASE_URL", "SUPABASE_URL is not an http(s) URL.");
  return { url, anonKey };
}

/** Where the session of a hosted project is kept: one file per project, under the XDG config folder. */
export function hostedSessionPath(url: string, env: NodeJS.ProcessEnv): string {
  const config = env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config");
  return join(config, "holdpoint", "sessions", `${new URL(url).host.replaceAll(/[^a-zA-Z0-9.-]/g, "_")}.json`);
}

function pair(env: NodeJS.ProcessEnv, name: string, alias: string): string | null {
  const [first, second] = [env[name] || null, env[alias] || null];
  if (first !== null && second !== null && first !== second) {
    throw malformed(name, `${name} and ${alias} have different values.`);
  }
  return first ?? second;
}

function malformed(field: string, message: string): HoldpointError {
  return new HoldpointError("invalid", "environment_malformed", message, {
    field,
    remedy: "`holdpoint doctor` lists all settings.",
  });
}
