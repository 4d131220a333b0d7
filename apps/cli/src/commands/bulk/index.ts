import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addBulkList } from "./list.ts";
import { addBulkPreview } from "./preview.ts";
import { addBulkStart } from "./start.ts";
import { addBulkStatus } from "./status.ts";
import { addBulkStop } from "./stop.ts";

/** `holdpoint bulk …` */
export function addBulk(program: Command, runner: Runner): void {
  const bulk = program.command("bulk").description("release or discard many dead and quarantined jobs, each by itself");
  addBulkPreview(bulk, runner);
  addBulkStart(bulk, runner);
  addBulkStatus(bulk, runner);
  addBulkStop(bulk, runner);
  addBulkList(bulk, runner);
}
