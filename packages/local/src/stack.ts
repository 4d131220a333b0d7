import path from "node:path";
import { migrate } from "@holdpoint/db/migrate";
import { setRolePasswords } from "@holdpoint/db/setup";
import { ensureFirstAdmin, forgetFirstPassword } from "./auth/first-admin.ts";
import type { FirstAdmin } from "./auth/first-admin.ts";
import { openDataDir } from "./data/data-dir.ts";
import type { DataDir } from "./data/data-dir.ts";
import { loadSecrets } from "./data/secrets.ts";
import type { LocalSecrets } from "./data/secrets.ts";
import { openState } from "./data/state.ts";
import type { StateFile } from "./data/state.ts";
import { startLiteHost } from "./lite/host-process.ts";
import type { LiteHost } from "./lite/host-process.ts";
import { ensureRestRole } from "./lite/rest-role.ts";
import { startServer } from "./postgres/cluster.ts";
import type { RunningServer } from "./postgres/cluster.ts";
import { LOCAL_SETTINGS, prepareCluster } from "./postgres/local-cluster.ts";
import { freePort, isPortFree } from "./process/free-port.ts";
import { supervise } from "./process/supervise.ts";
import type { Supervised } from "./process/supervise.ts";

export const MIGRATIONS_DIR = path.resolve(import.meta.dirname, "../../../supabase/migrations");

export interface StartLocalOptions {
  /** Relative to the working folder. */
  dataDir: string;
  /** The dashboard's address; asked once the folder is ours. */
  chooseSite: (state: StateFile) => Promise<string>;
  /** Default `admin@holdpoint.local`. */
  adminEmail?: string;
  /** BullMQ's schema in PostgreSQL, made by the owner. */
  migrateQueues?: (ownerUrl: string) => Promise<void>;
  /** Wraps each step, for a screen that shows how long it took. */
  step?: <T>(label: string, work: () => Promise<T>) => Promise<T>;
  /** One line about something that happened by itself (a program died and runs again). */
  say?: (line: string) => void;
}

export interface LocalStack {
  dataDir: Pick<DataDir, "root" | "logs" | "secrets">;
  siteUrl: string;
  state: StateFile;
  /** This very call made the database. */
  isFirstStart: boolean;
  urls: { owner: string; worker: string; web: string; rest: string };
  restUrl: string;
  anonKey: string;
  admin: FirstAdmin;
  /** The password was shown to a person: it is removed from the disk. */
  passwordShown(): void;
  /** REST first, the database last; then the folder is free. */
  stop(): Promise<void>;
}

const DATABASE = "postgres";

/**
 * Starts PostgreSQL and Supabase Lite on a data folder, in the order that the design asks for: server, system schema,
 * migrations, roles, host, first operator. Everything listens on 127.0.0.1. Both programs are started again when they
 * end by themselves, the host also whenever the server was.
 * @throws HoldpointError, PostgresError or MigrationError; nothing is left running then.
 */
export async function startLocal(options: StartLocalOptions): Promise<LocalStack> {
  const step = options.step ?? (async (_label, work) => await work());
  const say = options.say ?? (() => undefined);
  const dataDir = openDataDir(options.dataDir);
  const undo: (() => Promise<void>)[] = [async () => dataDir.release()];
  try {
    const state = openState(dataDir.root);
    const siteUrl = await options.chooseSite(state);
    const secrets = loadSecrets(dataDir.secrets);
    let restartHost = async (): Promise<void> => undefined;
    const { postgres, isNew } = await step("PostgreSQL", () =>
      startPostgres(dataDir, state, secrets, say, () => restartHost()),
    );
    undo.push(() => postgres.stop());
    const urls = urlsOf(secrets, postgres.current().port);
    await step("Schema", () => prepareSchema(urls.owner, secrets, options.migrateQueues));
    const admin = await step("First operator", () =>
      ensureFirstAdmin(urls.owner, dataDir, state, options.adminEmail ?? "admin@holdpoint.local"),
    );
    const host = await step("Supabase Lite", () => startHost(dataDir, state, secrets, urls.rest, siteUrl, say));
    undo.push(() => host.stop());
    restartHost = () => host.restart();
    return {
      dataDir,
      siteUrl,
      state,
      isFirstStart: isNew,
      urls,
      restUrl: host.current().url,
      anonKey: secrets.anonKey,
      admin,
      passwordShown: () => forgetFirstPassword(dataDir),
      stop: () => runInReverse(undo),
    };
  } catch (error) {
    await runInReverse(undo);
    throw error;
  }
}

async function runInReverse(undo: (() => Promise<void>)[]): Promise<void> {
  for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
}

async function startPostgres(
  dataDir: DataDir,
  state: StateFile,
  secrets: LocalSecrets,
  say: (line: string) => void,
  onRestart: () => Promise<void>,
): Promise<{ postgres: Supervised<RunningServer>; isNew: boolean }> {
  const cluster = await prepareCluster(dataDir, state, secrets.postgres);
  const port = await choosePort(state, "postgres");
  const postgres = await supervise({
    name: "PostgreSQL",
    start: () => startServer(cluster, port, LOCAL_SETTINGS),
    say,
    onRestart,
  });
  return { postgres, isNew: cluster.isNew };
}

function urlsOf(secrets: LocalSecrets, port: number): LocalStack["urls"] {
  const url = (role: string, password: string): string =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${DATABASE}`;
  return {
    owner: url("postgres", secrets.postgres),
    worker: url("holdpoint_worker", secrets.worker),
    web: url("holdpoint_web", secrets.web),
    rest: url("holdpoint_rest", secrets.rest),
  };
}

async function prepareSchema(
  ownerUrl: string,
  secrets: LocalSecrets,
  migrateQueues: StartLocalOptions["migrateQueues"],
): Promise<void> {
  // Lite takes half a second to load, and whoever imports this package seldom starts it.
  const { ensureSystemSchema } = await import("./lite/system-schema.ts");
  await ensureSystemSchema(ownerUrl);
  await migrate(ownerUrl, { dir: MIGRATIONS_DIR });
  await setRolePasswords(ownerUrl, { holdpoint_worker: secrets.worker, holdpoint_web: secrets.web });
  await ensureRestRole(ownerUrl, secrets.rest);
  await migrateQueues?.(ownerUrl);
}

async function startHost(
  dataDir: DataDir,
  state: StateFile,
  secrets: LocalSecrets,
  databaseUrl: string,
  siteUrl: string,
  say: (line: string) => void,
): Promise<Supervised<LiteHost>> {
  const port = await choosePort(state, "rest");
  const config = { databaseUrl, jwtSecret: secrets.jwtSecret, anonKey: secrets.anonKey, port, siteUrl };
  return await supervise({
    name: "Supabase Lite",
    start: () => startLiteHost(config, path.join(dataDir.logs, "rest.log")),
    say,
  });
}

/** The port of the last start when it is free, so that addresses stay; else another one. */
export async function choosePort(state: StateFile, name: "postgres" | "rest" | "web"): Promise<number> {
  const { ports } = state.read();
  const last = ports[name];
  if (last !== undefined && (await isPortFree(last))) return last;
  const port = await freePort();
  state.write({ ports: { ...ports, [name]: port } });
  return port;
}
