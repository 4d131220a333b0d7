import { expect, it } from "vitest";
import { filesEnding, read } from "./files.ts";

const NAME = /\b(?:HOLDPOINT_[A-Z][A-Z_]*[A-Z]|DATABASE_URL|REDIS_URL|(?:NEXT_PUBLIC_)?SUPABASE_[A-Z_]*[A-Z])\b/g;

// The command line reads its settings where it connects, and lists them all for `holdpoint doctor`.
const PARSERS = /(^|\/)env\.ts$|^apps\/cli\/src\/doctor\/environment\.ts$/;

it(".env.example has the names that are parsed, no more and no fewer", async () => {
  const files = (await filesEnding(".ts")).filter((path) => PARSERS.test(path));
  const parsed = new Set<string>();
  for (const file of files) for (const name of (await read(file)).match(NAME) ?? []) parsed.add(name);
  const example = (await read(".env.example")).split("\n").flatMap((line) => /^([A-Z_]+)=$/.exec(line)?.[1] ?? []);
  expect(files.length).toBeGreaterThan(0);
  expect(example.toSorted()).toEqual([...parsed].toSorted());
});
