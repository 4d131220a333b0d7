import { check, type Check, type Checker } from "./check.ts";

type Status = "PRESENT" | "MISSING" | "MALFORMED" | "PLACEHOLDER";

interface Variable {
  name: string;
  alias?: string;
  kind: "url" | "postgres" | "redis" | "secret" | "text";
  /** What breaks without it on a hosted installation; null: it has a default. */
  need: string | null;
}

export const VARIABLES: readonly Variable[] = [
  { name: "NEXT_PUBLIC_SUPABASE_URL", alias: "SUPABASE_URL", kind: "url", need: "the dashboard and this command" },
  {
    name: "NEXT_PUBLIC_SUPABASE_ANON_KEY",
    alias: "SUPABASE_ANON_KEY",
    kind: "secret",
    need: "the dashboard and this command",
  },
  { name: "DATABASE_URL", kind: "postgres", need: null },
  { name: "HOLDPOINT_DATABASE_DIRECT_URL", kind: "postgres", need: null },
  { name: "HOLDPOINT_WEB_DATABASE_URL", kind: "postgres", need: null },
  { name: "REDIS_URL", kind: "redis", need: null },
  { name: "HOLDPOINT_OWNER_DATABASE_URL", kind: "postgres", need: null },
  { name: "SUPABASE_SERVICE_ROLE_KEY", kind: "secret", need: null },
  { name: "HOLDPOINT_DATA_DIR", kind: "text", need: null },
  { name: "HOLDPOINT_HANDLERS", kind: "text", need: null },
  { name: "HOLDPOINT_LANES", kind: "text", need: null },
  { name: "HOLDPOINT_SLOTS", kind: "text", need: null },
  { name: "HOLDPOINT_QUEUE_PREFIX", kind: "text", need: null },
  { name: "HOLDPOINT_LOG_LEVEL", kind: "text", need: null },
  { name: "HOLDPOINT_WORKER_NAME", kind: "text", need: null },
  { name: "HOLDPOINT_ARTIFACTS_DIR", kind: "text", need: null },
  { name: "HOLDPOINT_ANCHOR_FILE", kind: "text", need: null },
];

/** Each setting as PRESENT, MISSING, MALFORMED or PLACEHOLDER. A value is never shown. */
export const checkEnvironment: Checker = async ({ env, dataDir }) => {
  const hosted = dataDir === undefined && VARIABLES.slice(0, 2).some((one) => valuesOf(env, one).length > 0);
  return VARIABLES.map((variable) => report(variable, statusOf(env, variable), hosted));
};

export function statusOf(env: NodeJS.ProcessEnv, variable: Variable): Status {
  const values = valuesOf(env, variable);
  const [value] = values;
  if (value === undefined) return "MISSING";
  if (values.some((other) => other !== value)) return "MALFORMED";
  if (/^(<.*>|\[.*\]|(your|my)[-_ ].*|x{3,}|\.{3}|todo|changeme|change[-_]me|placeholder.*)$/i.test(value))
    return "PLACEHOLDER";
  if (/<[a-z _-]+>|\[YOUR-PASSWORD\]|your-project/i.test(value)) return "PLACEHOLDER";
  return fits(value, variable.kind) ? "PRESENT" : "MALFORMED";
}

function report(variable: Variable, status: Status, hosted: boolean): Check {
  const name = `environment ${variable.name}`;
  const also = variable.alias ? ` (or ${variable.alias})` : "";
  switch (status) {
    case "PRESENT":
      return check(name, "pass", status);
    case "MISSING":
      if (variable.need === null || !hosted) return check(name, "pass", `${status}, not needed here`);
      return check(name, "fail", status, `Set ${variable.name}${also}: ${variable.need} need it.`);
    case "MALFORMED":
      return check(name, "fail", status, `Correct ${variable.name}${also}: ${SHOULD_BE[variable.kind]}`);
    case "PLACEHOLDER":
      return check(name, "fail", status, `Put the real value into ${variable.name}${also}.`);
  }
}

const SHOULD_BE: Record<Variable["kind"], string> = {
  url: "an http(s) URL, the same under both names.",
  postgres: "a postgres:// URL.",
  redis: "a redis:// or rediss:// URL.",
  secret: "one word, the same under both names.",
  text: "not only spaces.",
};

function valuesOf(env: NodeJS.ProcessEnv, { name, alias }: Variable): string[] {
  return [env[name], alias === undefined ? undefined : env[alias]].filter(
    (value): value is string => value !== undefined && value !== "",
  );
}

function fits(value: string, kind: Variable["kind"]): boolean {
  const protocol = URL.canParse(value) ? new URL(value).protocol : "";
  switch (kind) {
    case "url":
      return /^https?:$/.test(protocol);
    case "postgres":
      return /^postgres(ql)?:$/.test(protocol);
    case "redis":
      return /^rediss?:$/.test(protocol);
    case "secret":
      return /^\S+$/.test(value);
    case "text":
      return value.trim() !== "";
  }
}
