import { randomBytes } from "node:crypto";
import { registerWorker } from "@holdpoint/db/runtime";
import type { Caller, TypeAnnouncement } from "@holdpoint/db/runtime";
import type { Queryable } from "@holdpoint/db/runtime";
import { TYPES } from "./types.ts";

export interface TestWorker extends Caller {
  readonly name: string;
  readonly instance: string;
}

/** Registers a process that knows the test types. The same instance again is its next incarnation. */
export async function startWorker(
  db: Queryable,
  facts: { name?: string; instance?: string; types?: readonly TypeAnnouncement[] } = {},
): Promise<TestWorker> {
  const name = facts.name ?? `worker-${randomBytes(3).toString("hex")}`;
  const instance = facts.instance ?? name;
  const key = randomBytes(32).toString("hex");
  const { worker_id } = await registerWorker(db, {
    name,
    instance,
    key,
    host: "test",
    lanes: ["build", "eval", "recovery"],
    slots: 10,
    version: "0",
    schemaMin: 1,
    schemaMax: 1,
    isolation: "none",
    types: facts.types ?? Object.values(TYPES),
  });
  return { id: worker_id, key, name, instance };
}
