import { z } from "zod";

const url = z.url({ protocol: /^https?$/, error: "is not an http(s) URL" });
const postgres = z.url({ protocol: /^postgres(ql)?$/, error: "is not a postgres:// URL" });

export interface WebConfig {
  supabaseUrl: string;
  anonKey: string;
  /** Role holdpoint_web, for the live stream; null: pages work, but do not update by themselves. */
  feedUrl: string | null;
  /** Whether this is the local stack on one machine (only a word on the screen). */
  local: boolean;
}

export interface ConfigProblem {
  variable: string;
  problem: "MISSING" | "MALFORMED" | "PLACEHOLDER";
  message: string;
}

export type WebEnvironment =
  | { config: WebConfig; problems: ConfigProblem[] }
  | { config: null; problems: ConfigProblem[] };

/** Values as they were when the process started. Copied whole, so that the build cannot inline NEXT_PUBLIC_ ones. */
const values: Readonly<Record<string, string | undefined>> = { ...process.env };

export const isDevelopment = values["NODE_ENV"] === "development";
export const isNodeRuntime = values["NEXT_RUNTIME"] !== "edge";

let parsed: WebEnvironment | null = null;

/** The configuration of this process, parsed once; `config` is null when pages can't work without what is missing. */
export function webEnvironment(): WebEnvironment {
  parsed ??= parseEnvironment(values);
  return parsed;
}

export function parseEnvironment(from: Readonly<Record<string, string | undefined>>): WebEnvironment {
  const problems: ConfigProblem[] = [];
  const supabaseUrl = read(from, problems, ["NEXT_PUBLIC_SUPABASE_URL", "SUPABASE_URL"], url);
  const anonKey = read(
    from,
    problems,
    ["NEXT_PUBLIC_SUPABASE_ANON_KEY", "SUPABASE_ANON_KEY"],
    z.string().min(16, "is too short for a key"),
  );
  const feedUrl = read(from, problems, ["HOLDPOINT_WEB_DATABASE_URL"], postgres);
  if (supabaseUrl === null || anonKey === null) return { config: null, problems };
  const local = /^(127\.|localhost$|\[::1\]$)/.test(new URL(supabaseUrl).hostname);
  return { config: { supabaseUrl: supabaseUrl.replace(/\/+$/, ""), anonKey, feedUrl, local }, problems };
}

/** Reads a variable that may have an alias. An empty value is a missing one. */
function read(
  from: Readonly<Record<string, string | undefined>>,
  problems: ConfigProblem[],
  names: readonly [string, ...string[]],
  schema: z.ZodType<string>,
): string | null {
  const [variable] = names;
  const given = [...new Set(names.map((name) => from[name]?.trim() ?? "").filter((value) => value !== ""))];
  const [value] = given;
  if (value === undefined) {
    problems.push({ variable, problem: "MISSING", message: `${variable} is not set.` });
    return null;
  }
  if (given.length > 1) {
    problems.push({ variable, problem: "MALFORMED", message: `${names.join(" and ")} are set to different values.` });
    return null;
  }
  if (/^(changeme|your[-_ ]|<.*>$|xxx)/i.test(value)) {
    problems.push({ variable, problem: "PLACEHOLDER", message: `${variable} still holds a placeholder.` });
    return null;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  problems.push({
    variable,
    problem: "MALFORMED",
    message: `${variable} ${result.error.issues[0]?.message ?? "is malformed"}.`,
  });
  return null;
}
