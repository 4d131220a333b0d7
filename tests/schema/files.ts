import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "pg";
import { policyJsonSchema } from "@holdpoint/policy";
import { dumpSchema } from "./dump.ts";
import { generateTypes } from "./generate-types.ts";

const root = join(import.meta.dirname, "../..");

/** A committed file that is made from the migrated database. */
export interface GeneratedFile {
  /** From the root of the repository. */
  path: string;
  generate(pool: Pool): Promise<string>;
}

export const GENERATED: readonly GeneratedFile[] = [
  { path: "supabase/schema.sql", generate: dumpSchema },
  { path: "packages/db/src/database.types.ts", generate: generateTypes },
  {
    path: "packages/policy/policy.schema.json",
    generate: () => Promise.resolve(`${JSON.stringify(policyJsonSchema(), null, 2)}\n`),
  },
];

export const absolute = (path: string): string => join(root, path);

/** The first line in which the committed file differs from what the database gives; null when they are the same. */
export async function firstDifference(file: GeneratedFile, pool: Pool): Promise<string | null> {
  const committed = (await readFile(absolute(file.path), "utf8").catch(() => "")).split("\n");
  const fresh = (await file.generate(pool)).split("\n");
  const at = Array.from({ length: Math.max(committed.length, fresh.length) }, (_, i) => i).find(
    (i) => committed[i] !== fresh[i],
  );
  if (at === undefined) return null;
  return `${file.path}:${at + 1}: committed ${JSON.stringify(committed[at] ?? null)}, database ${JSON.stringify(fresh[at] ?? null)}; run node tests/schema/main.ts --write`;
}
