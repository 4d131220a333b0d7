import type { Command } from "commander";
import type { Runner } from "../../../core/command.ts";
import { addStandingAdd } from "./add.ts";
import { addStandingEnd } from "./end.ts";
import { addStandingList } from "./list.ts";
import { addStandingSign } from "./sign.ts";

/** `holdpoint approvals standing …` */
export function addStandingCommands(approvals: Command, runner: Runner): void {
  const standing = approvals.command("standing").description("plans that need no person each time");
  addStandingList(standing, runner);
  addStandingAdd(standing, runner);
  addStandingSign(standing, runner);
  addStandingEnd(standing, runner);
}
