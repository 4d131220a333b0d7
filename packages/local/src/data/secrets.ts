import path from "node:path";
import { z } from "zod";
import { generateSecret } from "@holdpoint/db/setup";
import { HoldpointError } from "@holdpoint/policy";
import { readJsonFile, writePrivateFile } from "./private-file.ts";

const secretsSchema = z.object({
  version: z.literal(1),
  /** Passwords of the database's roles. */
  postgres: z.string().min(16),
  worker: z.string().min(16),
  web: z.string().min(16),
  rest: z.string().min(16),
  /** Signs operators' tokens. Whoever has it can be anyone with a live session. */
  jwtSecret: z.string().min(32),
  /** Says "this is our program", and no more. */
  anonKey: z.string().min(16),
});

export type LocalSecrets = z.output<typeof secretsSchema>;

/**
 * The secrets of this installation: made at the first start, the same ever after.
 * @throws HoldpointError conflict `secrets_damaged`: making new ones would lock us out of the database.
 */
export function loadSecrets(secretsDir: string): LocalSecrets {
  const file = path.join(secretsDir, "local.json");
  let found: unknown;
  try {
    found = readJsonFile(file);
  } catch (error) {
    throw damaged(file, error);
  }
  if (found !== undefined) {
    const parsed = secretsSchema.safeParse(found);
    if (!parsed.success) throw damaged(file, parsed.error);
    return parsed.data;
  }
  const secrets: LocalSecrets = {
    version: 1,
    postgres: generateSecret(),
    worker: generateSecret(),
    web: generateSecret(),
    rest: generateSecret(),
    jwtSecret: generateSecret(),
    anonKey: `sb_publishable_${generateSecret()}`,
  };
  writePrivateFile(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

function damaged(file: string, cause: unknown): HoldpointError {
  return new HoldpointError(
    "conflict",
    "secrets_damaged",
    `${file} is damaged, and without it the database cannot be opened.`,
    {
      remedy: "Put it back from a backup, or start anew with another --data-dir.",
      cause,
    },
  );
}
