import type { ClientBase } from "pg";
import { HoldpointError } from "@holdpoint/policy";
import type { AuthAdmin } from "../auth-admin/index.ts";

export type OperatorRole = "viewer" | "approver" | "admin";

export interface NewOperator {
  email: string;
  password: string;
  role: OperatorRole;
  /** Where the role holds; default `fleet`, which is everywhere. */
  venture?: string;
  /** The password was made by a program or another person: it must be changed at the first sign-in. */
  mustChange: boolean;
}

/**
 * Makes an account and the operator it belongs to, with one membership and an event in the venture's stream. Finishes
 * what an earlier call that died in the middle began. `client` is the owner's connection, outside a transaction.
 * @throws HoldpointError invalid `bad_email`, not_found `unknown_venture`, conflict `operator_exists`.
 */
export async function createOperator(
  client: ClientBase,
  admin: AuthAdmin,
  operator: NewOperator,
): Promise<{ userId: string; email: string }> {
  const email = operator.email.trim().toLowerCase();
  const venture = operator.venture ?? "fleet";
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) {
    throw new HoldpointError("invalid", "bad_email", `"${operator.email}" is not an e-mail address.`, {
      field: "email",
    });
  }
  const known = await client.query("select 1 from public.ventures where key = $1", [venture]);
  if (known.rowCount === 0) {
    throw new HoldpointError("not_found", "unknown_venture", `There is no venture "${venture}".`, { field: "venture" });
  }
  const existing = await client.query("select 1 from public.operators where email = $1", [email]);
  if (existing.rowCount !== 0) {
    throw new HoldpointError("conflict", "operator_exists", `${email} is an operator already.`, { field: "email" });
  }
  const userId = await createOrAdoptUser(client, admin, email, operator.password);
  await insertOperator(client, { ...operator, email, venture, userId });
  return { userId, email };
}

async function createOrAdoptUser(
  client: ClientBase,
  admin: AuthAdmin,
  email: string,
  password: string,
): Promise<string> {
  try {
    return (await admin.create({ email, password })).userId;
  } catch (error) {
    if (!(error instanceof HoldpointError) || error.reason !== "email_taken") throw error;
    const { rows } = await client.query<{ id: string }>("select id from auth.users where lower(email) = $1", [email]);
    const userId = rows[0]?.id;
    if (userId === undefined) throw error;
    await admin.setPassword({ userId, password });
    return userId;
  }
}

async function insertOperator(
  client: ClientBase,
  row: { userId: string; email: string; venture: string; role: OperatorRole; mustChange: boolean },
): Promise<void> {
  await client.query("begin");
  try {
    await client.query("insert into public.operators (user_id, email, must_change) values ($1, $2, $3)", [
      row.userId,
      row.email,
      row.mustChange,
    ]);
    await client.query("insert into public.memberships (user_id, venture, role) values ($1, $2, $3)", [
      row.userId,
      row.venture,
      row.role,
    ]);
    await client.query(
      "select holdpoint.append_venture_event($1, 'operator.added', 'setup', 'owner', $2, clock_timestamp())",
      [row.venture, JSON.stringify({ user_id: row.userId, email: row.email, role: row.role })],
    );
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}
