import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvError, readEnv } from "./env.ts";
import type { WorkerEnv } from "./env.ts";
import { EXIT } from "./exit-codes.ts";
import type { ExitCode } from "./exit-codes.ts";
import { HELP, UsageError, readFlags } from "./flags.ts";
import { FleetProcess } from "./fleet/fleet-process.ts";
import { register } from "./fleet/register.ts";
import { HandlersError } from "./handlers/load.ts";
import { makeCatalogue } from "./handlers/make-catalogue.ts";
import { createLog } from "./log.ts";
import type { Log } from "./log.ts";
import { takeInstanceLock } from "./process/instance-lock.ts";
import { ProcessGroups } from "./process/process-groups.ts";
import { supervisorOf } from "./process/sd-notify.ts";
import { openDatabases } from "./runtime/databases.ts";
import { HoldpointError } from "@holdpoint/policy";

/** However leaving goes, the process is gone by then: systemd's own limit is longer. */
const LEAVE_LIMIT_MS = 9_500;

/** Starts the worker and resolves once it takes work or is standby; the process then ends through `onLeft` or a signal. */
async function start(env: WorkerEnv, log: Log): Promise<void> {
  const supervisor = supervisorOf(process.env);
  const asked = new AbortController();
  let fleet: FleetProcess | null = null;
  const exit = (code: ExitCode, reason: string): void => {
    log.info({ code, reason }, "left");
    log.flush();
    process.exit(code);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked.signal.aborted) return exit(EXIT.failed, `second ${signal}`);
    asked.abort();
    supervisor.stopping();
    setTimeout(() => exit(EXIT.done, "out of time"), LEAVE_LIMIT_MS).unref();
    if (fleet === null) return exit(EXIT.done, signal);
    fleet.leave(EXIT.done, signal).catch((error: unknown) => {
      log.error({ error }, "leaving went wrong");
      exit(EXIT.failed, signal);
    });
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);

  mkdirSync(env.dataDir, { recursive: true, mode: 0o700 });
  const lock = takeInstanceLock(env.dataDir, env.name);
  const groups = ProcessGroups.ofWorker(env.dataDir, env.name);
  const killed = await groups.killLeftovers();
  if (killed > 0) log.warn({ killed }, "ended process groups that a dead process of this worker left");
  const { catalogue, isolation, loaded } = await makeCatalogue(env, groups);
  const sandbox = await isolation();
  log.info({ types: catalogue.announcements.length, loaded, isolation: sandbox.name }, "job types are known");

  const databases = openDatabases(env.databaseUrl, log);
  const identity = {
    name: env.name,
    instance: lock.instance,
    lanes: env.lanes,
    isolation: sandbox.name,
    types: catalogue.announcements,
  };
  const { caller, registered } = await register(databases.work, identity, asked.signal, log);
  fleet = new FleetProcess({
    env,
    access: { databases, caller },
    leaseMs: registered.lease_ms,
    standby: registered.standby,
    stopKillMs: registered.settings.stop_kill_ms,
    catalogue,
    groups,
    log,
    onLeft: exit,
  });
  await fleet.start();
  supervisor.ready();
  if (supervisor.watchdogMs !== null) setInterval(() => supervisor.alive(), supervisor.watchdogMs / 2);
  log.info(
    { worker: caller.id, lanes: env.lanes, queue: fleet.transport.kind, lease_ms: registered.lease_ms },
    fleet.standby ? "standing by" : "working",
  );
}

/** One sentence for what stopped the start, and the code that tells a supervisor whether to try again. */
function explain(error: unknown, log: Log | null): ExitCode {
  if (error instanceof UsageError) {
    process.stderr.write(`worker: ${error.message}\n\n${HELP}`);
    return EXIT.usage;
  }
  if (error instanceof EnvError || error instanceof HandlersError) {
    process.stderr.write(`worker: ${error.message}\n`);
    return EXIT.config;
  }
  if (error instanceof HoldpointError) {
    process.stderr.write(`worker: ${error.message}${error.remedy === undefined ? "" : ` ${error.remedy}`}\n`);
    log?.error({ reason: error.reason, error: error.cause }, error.message);
    return error.code === "unavailable" ? EXIT.failed : EXIT.config;
  }
  process.stderr.write(`worker: ${error instanceof Error ? error.message : String(error)}\n`);
  log?.error({ error }, "the worker could not start");
  return EXIT.failed;
}

async function main(): Promise<void> {
  let log: Log | null = null;
  try {
    const flags = readFlags(process.argv.slice(2));
    if (flags.help) {
      process.stdout.write(HELP);
      return;
    }
    const env = readEnv(process.env, flags);
    const made = createLog(env.logLevel, env.name);
    log = made;
    // A handler's forgotten promise must not take the other runs of this process down with it.
    process.on("unhandledRejection", (error) => made.error({ error }, "a promise was rejected and nobody looked"));
    await start(env, made);
  } catch (error) {
    const code = explain(error, log);
    await sleep(10);
    process.exit(code);
  }
}

await main();
