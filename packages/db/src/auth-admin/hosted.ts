import { createClient } from "@supabase/supabase-js";
import type { ClientBase } from "pg";
import { HoldpointError } from "@holdpoint/policy";
import type { AuthAdmin } from "./auth-admin.ts";

export interface HostedAuthAdminOptions {
  supabaseUrl: string;
  /** The secret (service role) key. Only the command line ever holds it. */
  secretKey: string;
  /** The owner's connection: the admin API signs out by a user's token, not by id, so sessions end by SQL. */
  client: ClientBase;
}

/** Hosted Supabase: users through its admin API, because rows written by hand break its auth service. */
export function hostedAuthAdmin(options: HostedAuthAdminOptions): AuthAdmin {
  const supabase = createClient(options.supabaseUrl, options.secretKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  return {
    async create({ email, password }) {
      const { data, error } = await supabase.auth.admin.createUser({ email, password, email_confirm: true });
      if (error) {
        if (error.code === "email_exists") throw emailTaken(email);
        throw adminFailure(error);
      }
      return { userId: data.user.id };
    },
    async setPassword({ userId, password }) {
      const { error } = await supabase.auth.admin.updateUserById(userId, { password });
      if (error?.status === 404) throw unknownUser();
      if (error) throw adminFailure(error);
    },
    async revokeSessions(userId) {
      const { rowCount } = await options.client.query("delete from auth.sessions where user_id = $1", [userId]);
      return rowCount ?? 0;
    },
  };
}

export function emailTaken(email: string): HoldpointError {
  return new HoldpointError("conflict", "email_taken", `${email} has an account already.`, { field: "email" });
}

export function unknownUser(): HoldpointError {
  return new HoldpointError("not_found", "unknown_user", "There is no account with this id.");
}

function adminFailure(error: { status?: number; code?: string; message: string }): HoldpointError {
  const reachable = error.status !== undefined && error.status !== 0;
  return reachable
    ? new HoldpointError("refused", error.code ?? "auth_admin_refused", `Supabase refused it: ${error.message}`)
    : new HoldpointError(
        "unavailable",
        "auth_admin_unreachable",
        `Supabase's admin API did not answer: ${error.message}`,
      );
}
