import { expect, test } from "vitest";
import { EnvError, readEnv } from "./env.ts";
import { parseLaneSlots, readFlags } from "./flags.ts";

const none = { help: false, lanes: undefined, slots: undefined, name: undefined };
const good = { DATABASE_URL: "postgres://w:p@localhost/db", INIT_CWD: "/somewhere" };

test("defaults: the direct URL is the database's, folders lie where the command was typed", () => {
  expect(readEnv(good, none)).toMatchObject({
    directUrl: good.DATABASE_URL,
    redisUrl: null,
    dataDir: "/somewhere/.holdpoint",
    artifactsDir: "/somewhere/.holdpoint/artifacts",
    handlersDir: "/somewhere/handlers",
    handlersNamed: false,
    lanes: { build: 4, eval: 4, recovery: 4 },
  });
});

test("flags win over variables", () => {
  const env = readEnv(
    { ...good, HOLDPOINT_LANES: "eval", HOLDPOINT_WORKER_NAME: "a" },
    { ...none, lanes: "build", slots: "build=9", name: "b" },
  );
  expect(env).toMatchObject({ lanes: { build: 9 }, name: "b" });
});

test("all problems are listed at once", () => {
  const bad = {
    REDIS_URL: "localhost:6379",
    HOLDPOINT_SLOTS: "many",
    SUPABASE_ANON_KEY: "k",
    NEXT_PUBLIC_SUPABASE_ANON_KEY: "other",
  };
  try {
    readEnv(bad, none);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(EnvError);
    expect(error instanceof EnvError && error.problems).toEqual([
      "NEXT_PUBLIC_SUPABASE_ANON_KEY and SUPABASE_ANON_KEY have different values (MALFORMED)",
      "a Supabase key is set without NEXT_PUBLIC_SUPABASE_URL",
      "DATABASE_URL is missing: the URL of the database for the role holdpoint_worker",
      "REDIS_URL is not a redis:// URL (MALFORMED)",
      'slots: "many" is not a number and not lane=number',
    ]);
  }
});

test("a transaction pooler is refused, whichever variable names it", () => {
  const pooler = "postgres://w:p@aws-0-eu-central-1.pooler.supabase.com:6543/postgres";
  expect(() => readEnv({ DATABASE_URL: pooler }, none)).toThrow(/DATABASE_URL names Supabase's transaction pooler/);
  expect(() => readEnv({ ...good, HOLDPOINT_DATABASE_DIRECT_URL: pooler }, none)).toThrow(/DIRECT_URL names/);
  expect(() => readEnv({ DATABASE_URL: pooler.replace("6543", "5432") }, none)).not.toThrow();
});

test("lanes and slots", () => {
  expect(parseLaneSlots("build, eval", "8")).toEqual({ build: 8, eval: 8 });
  expect(() => parseLaneSlots("bild", undefined)).toThrow(/did you mean build/);
  expect(() => parseLaneSlots("build", "0")).toThrow(/from 1 to/);
});

test("an unknown option names the nearest one", () => {
  expect(() => readFlags(["--lane", "build"])).toThrow(/unknown option --lane \(did you mean --lanes\?\)/);
  expect(readFlags(["--lanes", "build", "--slots=2"])).toMatchObject({ lanes: "build", slots: "2" });
});
