import { randomUUID } from "node:crypto";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPeopleClient, sessionFile, signIn } from "@holdpoint/db/people";
import {
  createOperator,
  createStranger,
  createTestDatabase,
  startTestLite,
  type TestDatabase,
  type TestLite,
  type TestOperator,
} from "@holdpoint/local/testing";
import { runCli, type CliOptions, type CliResult } from "./run-cli.ts";

export type Actor = "admin" | "approver" | "viewer" | "elsewhere" | "stranger" | "nobody";

export interface CliStack {
  db: TestDatabase;
  lite: TestLite;
  /** The data folder in which this actor is signed in ("nobody" is not). */
  dataDir(actor: Actor): string;
  /** Another data folder of this actor, whose requests go to another address. */
  dataDirVia(actor: Exclude<Actor, "nobody">, url: string): Promise<string>;
  operator(actor: Exclude<Actor, "nobody">): TestOperator;
  /** All that the command has printed so far, for every actor. */
  printed(): string;
  /** What must never be printed: keys, tokens of all sessions, passwords. */
  secrets(): Promise<string[]>;
  /** Runs `holdpoint …` as this actor. */
  as(actor: Actor, args: readonly string[], options?: CliOptions): Promise<CliResult>;
  close(): Promise<void>;
}

/**
 * A database, the real REST and auth host, the ventures acme and other, and a data folder per actor: an admin of the
 * fleet, an approver and a viewer of acme, an approver of other ("elsewhere"), an account that is no operator.
 */
export async function startCliStack(): Promise<CliStack> {
  const db = await createTestDatabase();
  const lite = await startTestLite(db);
  const root = await mkdtemp(join(tmpdir(), "holdpoint-cli-"));
  for (const key of ["acme", "other"]) {
    await db.query("select holdpoint.insert_venture($1, 'system', 'test')", [JSON.stringify({ key, name: key })]);
  }
  const operators = {
    admin: await createOperator(db, { role: "admin" }),
    approver: await createOperator(db, { role: "approver", venture: "acme" }),
    viewer: await createOperator(db, { role: "viewer", venture: "acme" }),
    elsewhere: await createOperator(db, { role: "approver", venture: "other" }),
    stranger: await createStranger(db),
  };
  const local = JSON.stringify({ rest_url: lite.url, anon_key: lite.anonKey, web_url: null });
  const printed: string[] = [];
  const dataDir = (actor: Actor): string => join(root, actor);
  for (const actor of [...Object.keys(operators), "nobody"] as Actor[]) {
    await makeDataDir(dataDir(actor), local);
    if (actor === "nobody") continue;
    const storage = sessionFile(join(dataDir(actor), "session.json"));
    await signIn(createPeopleClient({ url: lite.url, anonKey: lite.anonKey, storage }), {
      email: operators[actor].email,
      password: operators[actor].password,
    });
  }
  return {
    db,
    lite,
    dataDir,
    async dataDirVia(actor, url) {
      const folder = join(root, `${actor}-${randomUUID()}`);
      await makeDataDir(folder, JSON.stringify({ rest_url: url, anon_key: lite.anonKey, web_url: null }));
      await copyFile(join(dataDir(actor), "session.json"), join(folder, "session.json"));
      return folder;
    },
    operator: (actor) => operators[actor],
    printed: () => printed.join(""),
    secrets: async () => {
      const tokens = await Promise.all(Object.keys(operators).map((actor) => sessionTokens(dataDir(actor as Actor))));
      const passwords = Object.values(operators).map((operator) => operator.password);
      return [lite.anonKey, lite.jwtSecret, ...passwords, ...tokens.flat()];
    },
    async as(actor, args, options = {}) {
      const env = { HOLDPOINT_DATA_DIR: dataDir(actor), ...options.env };
      const result = await runCli(args, { cwd: root, ...options, env });
      printed.push(result.stdout, result.stderr);
      return result;
    },
    async close() {
      await lite.close();
      await db.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function makeDataDir(folder: string, local: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "local.json"), local, { mode: 0o600 });
}

async function sessionTokens(folder: string): Promise<string[]> {
  const text = await sessionFile(join(folder, "session.json")).getItem("holdpoint");
  const session: { access_token?: string; refresh_token?: string } = text ? JSON.parse(text) : {};
  return [session.access_token, session.refresh_token].filter((token): token is string => token !== undefined);
}
