import { readEnv } from "../env.ts";
import { EXIT } from "../exit-codes.ts";
import { makeCatalogue } from "../handlers/make-catalogue.ts";
import { ProcessGroups } from "../process/process-groups.ts";
import { AloneRun } from "./child.ts";
import type { ToChild, ToParent } from "./protocol.ts";

/** Entry of the process that runs one suspect job: it has no database and no queue, only its parent. */
const env = readEnv(process.env, { help: false, lanes: undefined, slots: undefined, name: undefined });
// The worker that started this process ends what it leaves behind.
const groups = ProcessGroups.ofWorker(env.dataDir, env.name).ofChild(process.pid);
const catalogue = await makeCatalogue(env, groups);
const run = new AloneRun((message: ToParent) => process.send?.(message));

process.on("message", (message: ToChild) => {
  run.hear(message);
  if (message.kind !== "job") return;
  const known = catalogue.catalogue.get(message.job.type);
  if (known === undefined) process.exit(EXIT.config);
  // Never rejects: how the handler ends is a message.
  void run.run(known.definition, message.job);
});
// Without its parent there is no lease any more.
process.on("disconnect", () => process.exit(EXIT.failed));
process.send?.({ kind: "ready" } satisfies ToParent);
