import { randomUUID } from "node:crypto";
import type { TestDatabase } from "@holdpoint/local/testing";
import pg from "pg";

/** A signed-in admin on a connection of its own, which calls the functions of people as the data API would. */
export interface Person {
  call<T>(fn: string, ...args: unknown[]): Promise<T>;
  close(): Promise<void>;
}

export async function signInAdmin(db: TestDatabase): Promise<Person> {
  const userId = randomUUID();
  const session = randomUUID();
  const email = "admin@example.test";
  await db.query("insert into auth.users (id, email) values ($1, $2)", [userId, email]);
  await db.query("insert into auth.sessions (id, user_id) values ($1, $2)", [session, userId]);
  await db.query("select holdpoint.create_operator($1, $2, 'admin', 'fleet', false)", [userId, email]);
  const client = new pg.Client({ connectionString: db.ownerUrl, application_name: "bench admin" });
  await client.connect();
  const claims = JSON.stringify({ sub: userId, role: "authenticated", session_id: session });
  await client.query(
    "select set_config('request.jwt.claims', $1, false), set_config('request.jwt.claim.sub', $2, false)",
    [claims, userId],
  );
  await client.query("set role authenticated");
  return {
    async call<T>(fn: string, ...args: unknown[]) {
      const marks = args.map((_, i) => `$${i + 1}`).join(", ");
      const { rows } = await client.query<{ value: T }>(`select public.${fn}(${marks}) as value`, args);
      const [row] = rows;
      if (row === undefined) throw new Error(`${fn} answered nothing`);
      return row.value;
    },
    close: () => client.end(),
  };
}
