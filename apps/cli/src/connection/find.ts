import { join, resolve } from "node:path";
import { createPeopleClient, sessionFile } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import type { Connection } from "./connection.ts";
import { hostedProject, hostedSessionPath } from "./hosted.ts";
import { defaultDataDir, readLocalFile } from "./local-file.ts";

/**
 * Finds what to speak to: the local stack of --data-dir, else the hosted project of the environment, else the local
 * stack of HOLDPOINT_DATA_DIR or .holdpoint/. Nothing is contacted.
 */
export async function findConnection(given: {
  env: NodeJS.ProcessEnv;
  cwd: string;
  dataDir: string | undefined;
}): Promise<Connection> {
  const hosted = given.dataDir === undefined ? hostedProject(given.env) : null;
  if (hosted) {
    const sessionPath = hostedSessionPath(hosted.url, given.env);
    return {
      kind: "hosted",
      url: hosted.url,
      webUrl: null,
      sessionPath,
      dataDir: null,
      client: createPeopleClient({ ...hosted, storage: sessionFile(sessionPath) }),
    };
  }
  const dataDir = await localDataDir(given);
  const local = await readLocalFile(dataDir);
  if (!local) {
    throw new HoldpointError(
      "unavailable",
      "no_stack",
      `There is no local stack in ${dataDir}, and SUPABASE_URL is not set.`,
      {
        field: "data-dir",
        remedy:
          "Start one with `npm start`, name its folder with --data-dir, or set SUPABASE_URL and SUPABASE_ANON_KEY.",
      },
    );
  }
  const sessionPath = join(dataDir, "session.json");
  return {
    kind: "local",
    url: local.rest_url,
    webUrl: local.web_url ?? null,
    sessionPath,
    dataDir,
    client: createPeopleClient({ url: local.rest_url, anonKey: local.anon_key, storage: sessionFile(sessionPath) }),
  };
}

/** The folder of the local stack that this command means, whether or not one is there. */
export async function localDataDir(given: {
  env: NodeJS.ProcessEnv;
  cwd: string;
  dataDir: string | undefined;
}): Promise<string> {
  const named = given.dataDir ?? (given.env["HOLDPOINT_DATA_DIR"] || undefined);
  return named === undefined ? await defaultDataDir(given.cwd) : resolve(given.cwd, named);
}
