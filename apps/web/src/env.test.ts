import { expect, it } from "vitest";
import { parseEnvironment } from "./env.ts";

const whole = {
  NEXT_PUBLIC_SUPABASE_URL: "http://127.0.0.1:54321/",
  NEXT_PUBLIC_SUPABASE_ANON_KEY: "sb_publishable_0123456789",
  HOLDPOINT_WEB_DATABASE_URL: "postgres://holdpoint_web:x@127.0.0.1:5432/postgres",
};
const named = (from: Record<string, string>) =>
  parseEnvironment(from).problems.map(({ variable, problem }) => [variable, problem]);

it("takes a whole configuration", () => {
  const { config, problems } = parseEnvironment(whole);
  expect(problems).toEqual([]);
  expect(config).toMatchObject({ supabaseUrl: "http://127.0.0.1:54321", local: true });
});

it("takes the aliases, and refuses two that differ", () => {
  const { NEXT_PUBLIC_SUPABASE_URL: url, ...rest } = whole;
  expect(parseEnvironment({ ...rest, SUPABASE_URL: url }).problems).toEqual([]);
  expect(named({ ...whole, SUPABASE_URL: "https://other.example" })).toEqual([
    ["NEXT_PUBLIC_SUPABASE_URL", "MALFORMED"],
  ]);
});

it("lists every problem by its variable, and works without a stream", () => {
  expect(named({})).toEqual([
    ["NEXT_PUBLIC_SUPABASE_URL", "MISSING"],
    ["NEXT_PUBLIC_SUPABASE_ANON_KEY", "MISSING"],
    ["HOLDPOINT_WEB_DATABASE_URL", "MISSING"],
  ]);
  const { HOLDPOINT_WEB_DATABASE_URL: _, ...pagesOnly } = whole;
  expect(parseEnvironment(pagesOnly).config).toMatchObject({ feedUrl: null });
  expect(named({ ...whole, NEXT_PUBLIC_SUPABASE_ANON_KEY: "your-anon-key-goes-here" })).toEqual([
    ["NEXT_PUBLIC_SUPABASE_ANON_KEY", "PLACEHOLDER"],
  ]);
  expect(named({ ...whole, HOLDPOINT_WEB_DATABASE_URL: "mysql://x" })).toEqual([
    ["HOLDPOINT_WEB_DATABASE_URL", "MALFORMED"],
  ]);
});
