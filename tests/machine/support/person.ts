import { randomUUID } from "node:crypto";
import pg from "pg";
import type { TestDatabase } from "@holdpoint/local/testing";
import { at } from "./at.ts";

/** A signed-in operator on a connection of its own, as the data API would run its calls. */
export interface Person {
  readonly email: string;
  readonly userId: string;
  /** Calls a function of schema public. */
  call<T>(fn: string, ...args: unknown[]): Promise<T>;
  rows(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Makes an operator with a session and connects as `authenticated` with the claims of its token. */
export async function signInAs(
  db: TestDatabase,
  role: "viewer" | "approver" | "admin",
  venture = "fleet",
): Promise<Person> {
  const userId = randomUUID();
  const session = randomUUID();
  const email = `${role}-${userId.slice(0, 8)}@example.test`;
  await db.query("insert into auth.users (id, email) values ($1, $2)", [userId, email]);
  await db.query("insert into auth.sessions (id, user_id) values ($1, $2)", [session, userId]);
  await db.query("select holdpoint.create_operator($1, $2, $3, $4, false)", [userId, email, role, venture]);
  const client = new pg.Client({ connectionString: db.ownerUrl, application_name: `test ${email}` });
  await client.connect();
  await client.query(
    "select set_config('request.jwt.claims', $1, false), set_config('request.jwt.claim.sub', $2, false)",
    [JSON.stringify({ sub: userId, role: "authenticated", session_id: session }), userId],
  );
  await client.query("set role authenticated");
  // One connection: calls of the same person come one after the other.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next;
    return next;
  };
  return {
    email,
    userId,
    async call<T>(fn: string, ...args: unknown[]) {
      const marks = args.map((_, i) => `$${i + 1}`).join(", ");
      const text = `select public.${fn}(${marks}) as value`;
      const { rows } = await inTurn(() => client.query<{ value: T }>(text, args));
      return at(rows, 0).value;
    },
    rows: async (sql, values) => (await inTurn(() => client.query<Record<string, unknown>>(sql, values))).rows,
    close: () => client.end(),
  };
}
