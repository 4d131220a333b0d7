/**
 * Making people able to sign in, which no operator's own session may do. One adapter writes the local stack's `auth`
 * tables, the other calls hosted Supabase's admin API. Operators and memberships are rows of ours and not its business.
 */
export interface AuthAdmin {
  /**
   * A user who can sign in with this password at once; the address counts as confirmed.
   * @throws HoldpointError conflict `email_taken` when the address has a user.
   */
  create(user: { email: string; password: string }): Promise<{ userId: string }>;
  /** Sets the password; sessions stay until they are revoked. @throws HoldpointError not_found `unknown_user`. */
  setPassword(user: { userId: string; password: string }): Promise<void>;
  /** Ends every session of the user, at once for everything that checks the live session. Returns how many. */
  revokeSessions(userId: string): Promise<number>;
}
