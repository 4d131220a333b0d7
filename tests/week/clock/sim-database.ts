import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@holdpoint/db/migrate";
import { setRolePasswords } from "@holdpoint/db/setup";
import { createTestDatabase, type TestDatabase } from "@holdpoint/local/testing";
import pg from "pg";
import { replaceClocks } from "./replace.ts";

const MIGRATIONS = join(import.meta.dirname, "../../../supabase/migrations");
/** As every role of a test server. */
const PASSWORD = "holdpoint-test-password";

/**
 * The clock of a simulation: the microseconds since 1970 that a sequence counts. Each reading moves it on by one, so no
 * two things happen at the same time; the simulation sets it. Everybody sees the same clock, in any transaction.
 */
const CLOCK = (startMicros: number) => `
  create schema sim;
  create sequence sim.micros start ${startMicros} minvalue 0;
  create function sim.clock_timestamp() returns timestamptz language sql volatile as
    $$ select timestamptz 'epoch' + nextval('sim.micros') * interval '1 microsecond' $$;
  create function sim.now() returns timestamptz language sql volatile as $$ select sim.clock_timestamp() $$;
  create function sim.pg_postmaster_start_time() returns timestamptz language sql stable as
    $$ select timestamptz 'epoch' + ${startMicros} * interval '1 microsecond' $$;
  grant usage on schema sim to public;
  grant usage on sequence sim.micros to public;
  grant execute on all functions in schema sim to public;`;

export interface SimDatabase extends TestDatabase {
  /** Sets the clock (ms since 1970); never back. */
  setClock(ms: number): Promise<void>;
}

/**
 * A database made from the same migration files with each clock replaced. Production code knows nothing of it: what
 * differs is the text of the calls, nothing else.
 */
export async function createSimDatabase(adminUrl: string, startMs: number): Promise<SimDatabase> {
  const db = await createTestDatabase({ adminUrl });
  const folder = mkdtempSync(join(tmpdir(), "holdpoint-week-"));
  try {
    await runOn(db.ownerUrl, CLOCK(startMs * 1_000));
    for (const file of readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"))) {
      writeFileSync(join(folder, file), replaceClocks(readFileSync(join(MIGRATIONS, file), "utf8")));
    }
    await migrate(db.ownerUrl, { dir: folder });
    await setRolePasswords(db.ownerUrl, { holdpoint_worker: PASSWORD, holdpoint_web: PASSWORD });
    // What comes from outside with its own SQL (packages/db/src/runtime) finds the simulated clocks by their short names.
    await runOn(db.ownerUrl, `alter database ${db.name} set search_path = sim, pg_catalog, public`);
  } catch (error) {
    await db.drop();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    ...db,
    setClock: async (ms) => {
      await db.query("select setval('sim.micros', greatest($1::bigint, (select last_value from sim.micros) + 1))", [
        Math.round(ms * 1_000),
      ]);
    },
  };
}

/** On a connection of its own: what is set for the database holds for those that are opened later. */
async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
