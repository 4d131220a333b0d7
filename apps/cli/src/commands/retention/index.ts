import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addRetentionSet } from "./set.ts";
import { addRetentionShow } from "./show.ts";

/** `holdpoint retention …` */
export function addRetention(program: Command, runner: Runner): void {
  const retention = program.command("retention").description("how long ended jobs and the output of runs are kept");
  addRetentionShow(retention, runner);
  addRetentionSet(retention, runner);
}
