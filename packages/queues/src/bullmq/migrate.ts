import { runMigrations } from "bullmq";
import pg from "pg";

const SCHEMA = "bullmq";
const ROLE = /^[a-z_][a-z0-9_]*$/;

/**
 * Brings the schema `bullmq` up to date as its owner and grants `grantTo` (the worker's role) what running takes: its
 * rows and functions, no DDL. Safe to repeat and to run twice at once: BullMQ migrates in one transaction under a lock.
 */
export async function migrateBullmqSchema(ownerUrl: string, grantTo: string): Promise<void> {
  if (!ROLE.test(grantTo)) throw new Error(`"${grantTo}" is not a role name`);
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await runMigrations(client, SCHEMA);
    await client.query(`
      begin;
      revoke all on schema ${SCHEMA} from public;
      revoke all on all tables in schema ${SCHEMA} from public;
      revoke all on all functions in schema ${SCHEMA} from public;
      grant usage on schema ${SCHEMA} to ${grantTo};
      grant select, insert, update, delete on all tables in schema ${SCHEMA} to ${grantTo};
      grant usage, select on all sequences in schema ${SCHEMA} to ${grantTo};
      grant execute on all functions in schema ${SCHEMA} to ${grantTo};
      revoke insert, update, delete on ${SCHEMA}.migration from ${grantTo};
      commit`);
  } finally {
    await client.end();
  }
}
