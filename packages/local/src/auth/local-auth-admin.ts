import { randomUUID } from "node:crypto";
import bcrypt from "bcryptjs";
import type { ClientBase } from "pg";
import { emailTaken, unknownUser } from "@holdpoint/db/auth-admin";
import type { AuthAdmin } from "@holdpoint/db/auth-admin";

// What Lite itself writes; a check costs about 55 ms.
const ROUNDS = 10;

/**
 * The local stack's accounts, by SQL on the owner's connection: Lite has no admin API. Each call is one statement, so
 * it also works inside the caller's transaction. `rounds` is lowered by tests only.
 */
export function localAuthAdmin(client: ClientBase, options: { rounds?: number } = {}): AuthAdmin {
  const hash = (password: string): Promise<string> => bcrypt.hash(password, options.rounds ?? ROUNDS);
  return {
    async create({ email, password }) {
      const userId = randomUUID();
      const { rowCount } = await client.query(
        `with made as (
           insert into auth.users (id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
           select $1::uuid, 'authenticated', 'authenticated', lower($2), $3, now(), '{"provider":"email","providers":["email"]}', '{}'
           where not exists (select 1 from auth.users where lower(email) = lower($2))
           returning id)
         insert into auth.identities (id, provider, provider_id, user_id, identity_data)
         select gen_random_uuid(), 'email', id::text, id, jsonb_build_object('sub', id::text, 'email', lower($2)) from made`,
        [userId, email, await hash(password)],
      );
      if (rowCount === 0) throw emailTaken(email);
      return { userId };
    },
    async setPassword({ userId, password }) {
      const { rowCount } = await client.query("update auth.users set encrypted_password = $2 where id = $1", [
        userId,
        await hash(password),
      ]);
      if (rowCount === 0) throw unknownUser();
    },
    async revokeSessions(userId) {
      const { rowCount } = await client.query("delete from auth.sessions where user_id = $1", [userId]);
      return rowCount ?? 0;
    },
  };
}
