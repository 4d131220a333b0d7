import { DatabasePool } from "@holdpoint/db/runtime";
import type { Caller } from "@holdpoint/db/runtime";
import type { Log } from "../log.ts";

/**
 * The process's connections, by what must not wait for what: claims and settles share two, heartbeats and dispatch
 * have one each, and everything else (steps, logs, duties, tasks) shares three.
 */
export interface Databases {
  readonly hot: DatabasePool;
  readonly heartbeat: DatabasePool;
  readonly dispatch: DatabasePool;
  readonly work: DatabasePool;
  end(): Promise<void>;
}

export const HOT_CONNECTIONS = 2;

export function openDatabases(url: string, log: Log): Databases {
  const open = (purpose: string, max: number, queryTimeoutMs: number): DatabasePool =>
    new DatabasePool({
      url,
      max,
      name: `holdpoint-worker-${purpose}`,
      queryTimeoutMs,
      onIdleError: (error) => log.debug({ error }, "an idle database connection broke"),
    });
  const hot = open("hot", HOT_CONNECTIONS, 15_000);
  const heartbeat = open("heartbeat", 1, 5_000);
  const dispatch = open("dispatch", 1, 15_000);
  const work = open("work", 3, 60_000);
  return {
    hot,
    heartbeat,
    dispatch,
    work,
    async end() {
      await Promise.allSettled([hot.end(), heartbeat.end(), dispatch.end(), work.end()]);
    },
  };
}

/** What a part needs to call the database as this process. */
export interface Access {
  readonly databases: Databases;
  readonly caller: Caller;
}
