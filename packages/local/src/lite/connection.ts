import { PostgresConnection } from "@supabase/lite/postgres";

const asJson = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/**
 * Lite's database driver, with what its own start gets wrong put right: it grants nothing, always switches to the
 * request's role, hands jsonb arguments on as they came, and reconnects without hanging.
 */
export function openConnection(url: string, options: { max: number }): PostgresConnection {
  const connection = new PostgresConnection({
    url,
    postgresOptions: {
      max: options.max,
      backoff: (attempt: number) => Math.min(0.1 * 2 ** attempt, 1),
      idle_timeout: 60,
      connect_timeout: 5,
      onnotice: () => undefined,
      connection: {
        application_name: "holdpoint-lite",
        statement_timeout: 8000,
        idle_in_transaction_session_timeout: 15_000,
      },
      types: {
        jsonb: { to: 3802, from: [3802], serialize: asJson, parse: JSON.parse },
        json: { to: 114, from: [114], serialize: asJson, parse: JSON.parse },
      },
    },
  });
  // Lite's own version grants every table of every schema with row-level security to anon, and stays off for life
  // when it first finds no such table. The roles and grants are the migrations' business.
  if (typeof Reflect.get(connection, "ensureRlsContext") !== "function") {
    throw new Error("this version of @supabase/lite has no ensureRlsContext to replace; see packages/local/src/lite");
  }
  Object.defineProperty(connection, "ensureRlsContext", { value: () => Promise.resolve(true) });
  return connection;
}
