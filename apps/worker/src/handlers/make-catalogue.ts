import { join } from "node:path";
import type { WorkerEnv } from "../env.ts";
import { makeBuiltInJobs } from "../job-types/index.ts";
import type { ProcessGroups } from "../process/process-groups.ts";
import { probeIsolation } from "../sandbox/index.ts";
import type { Isolation } from "../sandbox/index.ts";
import { Catalogue } from "./catalogue.ts";
import { loadHandlers } from "./load.ts";

export interface MadeCatalogue {
  catalogue: Catalogue;
  /** Probed once, when it is first asked for. */
  isolation: () => Promise<Isolation>;
  /** How many types come from the handlers' folder. */
  loaded: number;
}

/** The built-in job types and those of the handlers' folder. Throws a HandlersError that names every file at fault. */
export async function makeCatalogue(env: WorkerEnv, groups: ProcessGroups | null): Promise<MadeCatalogue> {
  let probed: Promise<Isolation> | null = null;
  const isolation = (): Promise<Isolation> =>
    (probed ??= probeIsolation({ hidden: [env.dataDir], ...(groups === null ? {} : { groups }) }));
  const catalogue = new Catalogue();
  for (const definition of makeBuiltInJobs({ isolation, workDir: join(env.dataDir, "work") })) {
    catalogue.add(definition, "the worker");
  }
  const loaded = await loadHandlers(env.handlersDir, env.handlersNamed, catalogue);
  return { catalogue, isolation, loaded };
}
