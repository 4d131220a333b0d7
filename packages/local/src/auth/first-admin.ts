import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { createOperator, generatePassword } from "@holdpoint/db/setup";
import { HoldpointError } from "@holdpoint/policy";
import type { DataDir } from "../data/data-dir.ts";
import { writePrivateFile } from "../data/private-file.ts";
import type { StateFile } from "../data/state.ts";
import { localAuthAdmin } from "./local-auth-admin.ts";

export interface FirstAdmin {
  userId: string;
  email: string;
  /** Only until someone has seen it once; it must be changed at the first sign-in. */
  password: string | null;
}

const passwordFile = (dataDir: DataDir): string => path.join(dataDir.secrets, "first-password");

/**
 * The first operator, an admin of everything. Made at the first start; an interrupted one is finished with the same
 * password, which stays on disk (0600) until `forgetFirstPassword`.
 */
export async function ensureFirstAdmin(
  ownerUrl: string,
  dataDir: DataDir,
  state: StateFile,
  email: string,
): Promise<FirstAdmin> {
  const file = passwordFile(dataDir);
  const known = state.read().admin;
  if (known) return { ...known, password: existsSync(file) ? readFileSync(file, "utf8").trim() : null };
  if (!existsSync(file)) writePrivateFile(file, `${generatePassword()}\n`);
  const password = readFileSync(file, "utf8").trim();
  const client = new pg.Client({ connectionString: ownerUrl, application_name: "holdpoint-setup" });
  await client.connect();
  try {
    const admin = await makeOrFind(client, email, password);
    state.write({ admin });
    return { ...admin, password };
  } finally {
    await client.end();
  }
}

/** The password was shown: from now on only its hash exists. */
export function forgetFirstPassword(dataDir: DataDir): void {
  rmSync(passwordFile(dataDir), { force: true });
}

async function makeOrFind(
  client: pg.Client,
  email: string,
  password: string,
): Promise<{ userId: string; email: string }> {
  try {
    return await createOperator(client, localAuthAdmin(client), { email, password, role: "admin", mustChange: true });
  } catch (error) {
    if (!(error instanceof HoldpointError) || error.reason !== "operator_exists") throw error;
    const { rows } = await client.query<{ user_id: string }>("select user_id from public.operators where email = $1", [
      email,
    ]);
    const userId = rows[0]?.user_id;
    if (userId === undefined) throw error;
    return { userId, email };
  }
}
