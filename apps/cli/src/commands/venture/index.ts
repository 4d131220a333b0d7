import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addVentureAdd } from "./add.ts";
import { addVentureList } from "./list.ts";
import { addVentureShow } from "./show.ts";

/** `holdpoint venture …` */
export function addVenture(program: Command, runner: Runner): void {
  const venture = program.command("venture").description("the products of the portfolio");
  addVentureAdd(venture, runner);
  addVentureList(venture, runner);
  addVentureShow(venture, runner);
}
