import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addLimitsList } from "./list.ts";
import { addLimitsSet } from "./set.ts";

/** `holdpoint limits …` */
export function addLimits(program: Command, runner: Runner): void {
  const limits = program.command("limits").description("how much may run at once, and how much may start");
  addLimitsList(limits, runner);
  addLimitsSet(limits, runner);
}
