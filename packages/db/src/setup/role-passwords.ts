import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import pg from "pg";

/** Passwords by role. A role that is left out keeps what it has. */
export interface RolePasswords {
  holdpoint_worker?: string;
  holdpoint_web?: string;
}

/**
 * Lets the named roles log in with these passwords, in one transaction. What is sent is the SCRAM verifier, so the
 * password itself reaches no server log. `ownerUrl` must be allowed to create roles.
 * @throws the database's error; nothing is changed then.
 */
export async function setRolePasswords(ownerUrl: string, passwords: RolePasswords): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: "holdpoint-setup" });
  await client.connect();
  try {
    await client.query("begin");
    for (const [role, password] of Object.entries(passwords)) {
      if (typeof password === "string") await setRolePassword(client, role, password);
    }
    await client.query("commit");
  } finally {
    await client.end();
  }
}

/** One role's login and password, in the caller's transaction. */
export async function setRolePassword(
  client: { query(sql: string): Promise<unknown> },
  role: string,
  password: string,
): Promise<void> {
  await client.query(`alter role ${pg.escapeIdentifier(role)} login password ${pg.escapeLiteral(verifier(password))}`);
}

/** PostgreSQL's stored form of a SCRAM-SHA-256 password (RFC 5803). */
function verifier(password: string): string {
  if (!/^[\x21-\x7e]{16,}$/.test(password)) {
    throw new TypeError("a role's password must be at least 16 printable ASCII characters");
  }
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
