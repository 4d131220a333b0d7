import { expect, test } from "vitest";
import { statusOf, VARIABLES } from "../src/doctor/environment.ts";

const status = (name: string, env: Record<string, string>) => {
  const variable = VARIABLES.find((one) => one.name === name);
  if (!variable) throw new Error(name);
  return statusOf(env, variable);
};

test.each([
  ["DATABASE_URL", {}, "MISSING"],
  ["DATABASE_URL", { DATABASE_URL: "" }, "MISSING"],
  ["DATABASE_URL", { DATABASE_URL: "postgres://u:p@h/db" }, "PRESENT"],
  ["DATABASE_URL", { DATABASE_URL: "mysql://u:p@h/db" }, "MALFORMED"],
  ["DATABASE_URL", { DATABASE_URL: "postgres://u:[YOUR-PASSWORD]@h/db" }, "PLACEHOLDER"],
  ["REDIS_URL", { REDIS_URL: "localhost:6379" }, "MALFORMED"],
  ["REDIS_URL", { REDIS_URL: "redis://localhost:6379" }, "PRESENT"],
  ["NEXT_PUBLIC_SUPABASE_URL", { SUPABASE_URL: "https://abc.supabase.co" }, "PRESENT"],
  ["NEXT_PUBLIC_SUPABASE_URL", { SUPABASE_URL: "https://a.co", NEXT_PUBLIC_SUPABASE_URL: "https://b.co" }, "MALFORMED"],
  ["NEXT_PUBLIC_SUPABASE_URL", { SUPABASE_URL: "https://your-project.supabase.co" }, "PLACEHOLDER"],
  ["SUPABASE_SERVICE_ROLE_KEY", { SUPABASE_SERVICE_ROLE_KEY: "changeme" }, "PLACEHOLDER"],
  ["SUPABASE_SERVICE_ROLE_KEY", { SUPABASE_SERVICE_ROLE_KEY: "two words" }, "MALFORMED"],
])("%s with %j is %s", (name, env, expected) => {
  expect(status(name, env)).toBe(expected);
});
