import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";

const MAIN = join(import.meta.dirname, "../../../apps/worker/src/main.ts");
const HANDLERS = join(import.meta.dirname, "../handlers");

export interface WorkerSettings {
  name: string;
  databaseUrl: string;
  directUrl: string;
  redisUrl: string | null;
  dataDir: string;
  logFile: string;
}

/**
 * One real worker process under a supervisor like systemd's: whenever it ends, it is started again, until `stop`.
 * All lanes, so that each process could carry the fleet alone.
 */
export class WorkerProcess {
  readonly settings: WorkerSettings;
  #child: ChildProcess;
  #stopping = false;
  #ended: Promise<unknown>;
  starts = 0;

  constructor(settings: WorkerSettings) {
    this.settings = settings;
    [this.#child, this.#ended] = this.#launch();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGTERM, and SIGKILL for one that has not left after 15 s. Whether it left by itself. */
  async stop(): Promise<boolean> {
    this.#stopping = true;
    this.#child.kill("SIGCONT");
    this.#child.kill("SIGTERM");
    let forced = false;
    const patience = setTimeout(() => {
      forced = true;
      this.#child.kill("SIGKILL");
    }, 15_000);
    await this.#ended;
    clearTimeout(patience);
    return !forced;
  }

  #launch(): [ChildProcess, Promise<unknown>] {
    const { settings } = this;
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(process.execPath, [MAIN], {
      env: {
        PATH,
        HOME,
        TMPDIR,
        DATABASE_URL: settings.databaseUrl,
        HOLDPOINT_DATABASE_DIRECT_URL: settings.directUrl,
        ...(settings.redisUrl === null ? {} : { REDIS_URL: settings.redisUrl }),
        HOLDPOINT_DATA_DIR: settings.dataDir,
        HOLDPOINT_HANDLERS: HANDLERS,
        HOLDPOINT_WORKER_NAME: settings.name,
        HOLDPOINT_SLOTS: "8",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.starts += 1;
    const log = createWriteStream(settings.logFile, { flags: "a" });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const ended = once(child, "exit").then(() => {
      log.end();
      if (this.#stopping) return;
      [this.#child, this.#ended] = this.#launch();
    });
    return [child, ended];
  }
}
