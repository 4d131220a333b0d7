import { randomBytes } from "node:crypto";
import { createClient } from "@supabase/supabase-js";
import type { SupabaseClient } from "@supabase/supabase-js";
import { createOperator as makeOperator } from "@holdpoint/db/setup";
import type { OperatorRole } from "@holdpoint/db/setup";
import { localAuthAdmin } from "../auth/local-auth-admin.ts";
import type { TestDatabase } from "./create-test-database.ts";
import type { TestLite } from "./start-test-lite.ts";

export interface TestOperator {
  userId: string;
  email: string;
  password: string;
}

/** An operator who can sign in, with one membership (default: admin of `fleet`). */
export async function createOperator(
  db: Pick<TestDatabase, "owner">,
  facts: { email?: string; role?: OperatorRole; venture?: string; password?: string; mustChange?: boolean } = {},
): Promise<TestOperator> {
  const email = facts.email ?? `op-${randomBytes(4).toString("hex")}@example.test`;
  const password = facts.password ?? "correct horse battery staple";
  const client = await db.owner.connect();
  try {
    const made = await makeOperator(client, localAuthAdmin(client, { rounds: 4 }), {
      email,
      password,
      role: facts.role ?? "admin",
      venture: facts.venture,
      mustChange: facts.mustChange ?? false,
    });
    return { ...made, password };
  } finally {
    client.release();
  }
}

/** An account that can sign in and is no operator of anything. */
export async function createStranger(db: Pick<TestDatabase, "owner">): Promise<TestOperator> {
  const email = `stranger-${randomBytes(4).toString("hex")}@example.test`;
  const password = "correct horse battery staple";
  const client = await db.owner.connect();
  try {
    const { userId } = await localAuthAdmin(client, { rounds: 4 }).create({ email, password });
    return { userId, email, password };
  } finally {
    client.release();
  }
}

/** A client without a session: what the anonymous see. */
export function anonymous(lite: Pick<TestLite, "url" | "anonKey">): SupabaseClient {
  return createClient(lite.url, lite.anonKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    db: { retry: false },
  });
}

/** A client with the operator's own session. */
export async function signIn(
  lite: Pick<TestLite, "url" | "anonKey">,
  operator: Pick<TestOperator, "email" | "password">,
): Promise<SupabaseClient> {
  const client = anonymous(lite);
  const { error } = await client.auth.signInWithPassword({ email: operator.email, password: operator.password });
  if (error) throw error;
  return client;
}
