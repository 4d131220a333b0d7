import { hostname } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { parseLaneSlots } from "./flags.ts";
import type { Flags, LaneSlots } from "./flags.ts";

export interface WorkerEnv {
  databaseUrl: string;
  /** For LISTEN and BullMQ's PostgreSQL backend: a direct or session-mode connection. */
  directUrl: string;
  redisUrl: string | null;
  dataDir: string;
  artifactsDir: string;
  /** Where checkpoints are anchored outside the database. */
  anchorFile: string;
  handlersDir: string;
  /** Whether someone named the folder; then it must exist. */
  handlersNamed: boolean;
  lanes: LaneSlots;
  name: string;
  logLevel: string;
  /** Names this installation's messages on a shared Redis. */
  queuePrefix: string;
}

/** Everything that is wrong with the environment, one sentence each. */
export class EnvError extends Error {
  override readonly name = "EnvError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The environment is not in order:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/\S+$/, "is not a postgres:// URL (MALFORMED)")
  .refine(
    (url) => !isTransactionPooler(url),
    "names Supabase's transaction pooler, which keeps no prepared statements and no LISTEN; use the direct connection or the session pooler (port 5432)",
  );
const notEmpty = z.string().trim().min(1, "is empty; leave it out or give it a value");

const schema = z.object({
  DATABASE_URL: z
    .string({ error: "is missing: the URL of the database for the role holdpoint_worker" })
    .pipe(postgresUrl),
  HOLDPOINT_DATABASE_DIRECT_URL: postgresUrl.optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/\S+$/, "is not a redis:// URL (MALFORMED)")
    .optional(),
  HOLDPOINT_DATA_DIR: notEmpty.optional(),
  HOLDPOINT_ARTIFACTS_DIR: notEmpty.optional(),
  HOLDPOINT_ANCHOR_FILE: notEmpty.optional(),
  HOLDPOINT_HANDLERS: notEmpty.optional(),
  HOLDPOINT_LANES: notEmpty.optional(),
  HOLDPOINT_SLOTS: notEmpty.optional(),
  HOLDPOINT_WORKER_NAME: z
    .string()
    .regex(/^[\w.:-]{1,120}$/, "takes letters, digits, dot, colon, - and _, at most 120")
    .optional(),
  HOLDPOINT_QUEUE_PREFIX: z
    .string()
    .regex(/^[\w-]{1,60}$/, "takes letters, digits, - and _")
    .optional(),
  HOLDPOINT_LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).optional(),
});

const URL_PAIRS = [
  ["NEXT_PUBLIC_SUPABASE_URL", "SUPABASE_URL"],
  ["NEXT_PUBLIC_SUPABASE_ANON_KEY", "SUPABASE_ANON_KEY"],
] as const;

/** Parses the environment once, flags winning over variables. Throws an EnvError that lists every problem at once. */
export function readEnv(env: NodeJS.ProcessEnv, flags: Flags): WorkerEnv {
  const problems = supabaseProblems(env);
  const parsed = schema.safeParse(withoutEmpty(env));
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`));
  let lanes: LaneSlots = {};
  try {
    lanes = parseLaneSlots(flags.lanes ?? env["HOLDPOINT_LANES"], flags.slots ?? env["HOLDPOINT_SLOTS"]);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  if (!parsed.success || problems.length > 0) throw new EnvError(problems);

  const values = parsed.data;
  // pnpm --filter starts in the package's folder; what people type is relative to where they typed it.
  const base = env["INIT_CWD"] ?? process.cwd();
  const dataDir = resolve(base, values.HOLDPOINT_DATA_DIR ?? ".holdpoint");
  const name = flags.name ?? values.HOLDPOINT_WORKER_NAME ?? hostname();
  return {
    databaseUrl: values.DATABASE_URL,
    directUrl: values.HOLDPOINT_DATABASE_DIRECT_URL ?? values.DATABASE_URL,
    redisUrl: values.REDIS_URL ?? null,
    dataDir,
    artifactsDir: within(base, values.HOLDPOINT_ARTIFACTS_DIR ?? join(dataDir, "artifacts")),
    anchorFile: within(base, values.HOLDPOINT_ANCHOR_FILE ?? join(dataDir, "anchors", "checkpoints.jsonl")),
    handlersDir: within(base, values.HOLDPOINT_HANDLERS ?? "handlers"),
    handlersNamed: values.HOLDPOINT_HANDLERS !== undefined,
    lanes,
    name,
    logLevel: values.HOLDPOINT_LOG_LEVEL ?? "info",
    queuePrefix: values.HOLDPOINT_QUEUE_PREFIX ?? "holdpoint",
  };
}

function isTransactionPooler(url: string): boolean {
  return URL.canParse(url) && new URL(url).host.endsWith(".pooler.supabase.com:6543");
}

function within(base: string, path: string): string {
  return isAbsolute(path) ? path : resolve(base, path);
}

/** A variable set to nothing counts as not set, except where that hides a mistake (checked by the schema's rest). */
function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
}

function supabaseProblems(env: NodeJS.ProcessEnv): string[] {
  const problems: string[] = [];
  const given = URL_PAIRS.map(([long, short]) => {
    const a = env[long] || undefined;
    const b = env[short] || undefined;
    if (a !== undefined && b !== undefined && a !== b)
      problems.push(`${long} and ${short} have different values (MALFORMED)`);
    return a ?? b;
  });
  if ((given[0] === undefined) !== (given[1] === undefined)) {
    problems.push(
      given[0] === undefined
        ? "a Supabase key is set without NEXT_PUBLIC_SUPABASE_URL"
        : "NEXT_PUBLIC_SUPABASE_URL is set without NEXT_PUBLIC_SUPABASE_ANON_KEY",
    );
  }
  return problems;
}
