import path from "node:path";
import { z } from "zod";
import { readJsonFile, writePrivateFile } from "./private-file.ts";

const stateSchema = z.object({
  version: z.literal(1),
  /** initdb has finished. A cluster without this is what an interrupted first start left, and holds nothing. */
  clusterMade: z.boolean().default(false),
  /** Ports of the last start, taken again when they are free. */
  ports: z
    .object({ postgres: z.number().optional(), rest: z.number().optional(), web: z.number().optional() })
    .default({}),
  /** The first operator, made by the first start. */
  admin: z.object({ userId: z.string(), email: z.string() }).optional(),
  /** What the very first start shows, each once. */
  first: z
    .object({
      venture: z.boolean().default(false),
      healthScan: z.boolean().default(false),
      build: z.boolean().default(false),
    })
    .default({ venture: false, healthScan: false, build: false }),
});

export type LocalState = z.output<typeof stateSchema>;

/** What an installation remembers between starts, outside the database. A damaged file is an error, not a fresh start. */
export interface StateFile {
  read(): LocalState;
  write(change: Partial<LocalState>): void;
}

export function openState(root: string): StateFile {
  const file = path.join(root, "state.json");
  let state = stateSchema.parse(readJsonFile(file) ?? { version: 1 });
  return {
    read: () => state,
    write: (change) => {
      state = { ...state, ...change };
      writePrivateFile(file, `${JSON.stringify(state, null, 2)}\n`);
    },
  };
}
