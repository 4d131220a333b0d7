import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addWorkerDrain } from "./drain.ts";
import { addWorkerKill } from "./kill.ts";
import { addWorkerList } from "./list.ts";
import { addWorkerShow } from "./show.ts";
import { addWorkerUndrain } from "./undrain.ts";

/** `holdpoint worker …` */
export function addWorker(program: Command, runner: Runner): void {
  const worker = program.command("worker").description("see the worker processes, drain or kill one");
  addWorkerList(worker, runner);
  addWorkerShow(worker, runner);
  addWorkerDrain(worker, runner);
  addWorkerUndrain(worker, runner);
  addWorkerKill(worker, runner);
}
