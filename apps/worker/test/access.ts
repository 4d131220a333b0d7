import { randomBytes } from "node:crypto";
import { registerWorker } from "@holdpoint/db/runtime";
import type { Catalogue } from "../src/handlers/catalogue.ts";
import type { Access, Databases } from "../src/runtime/databases.ts";

/** A registered worker process of all lanes that knows these types: what a duty works with. */
export async function registered(databases: Databases, name: string, catalogue: Catalogue): Promise<Access> {
  const key = randomBytes(32).toString("hex");
  const { worker_id } = await registerWorker(databases.work, {
    name,
    instance: name,
    key,
    host: "test",
    lanes: ["build", "eval", "recovery"],
    slots: 12,
    version: "0",
    schemaMin: 1,
    schemaMax: 1,
    isolation: "none",
    types: catalogue.announcements,
  });
  return { databases, caller: { id: worker_id, key } };
}
