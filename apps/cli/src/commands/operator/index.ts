import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addOperatorCreate } from "./create.ts";
import { addOperatorList } from "./list.ts";

/** `holdpoint operator …` */
export function addOperator(program: Command, runner: Runner): void {
  const operator = program.command("operator").description("the people who may sign in");
  addOperatorCreate(operator, runner);
  addOperatorList(operator, runner);
}
