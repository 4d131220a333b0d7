import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addOperatorCreate } from "./create.ts";
import { addOperatorList } from "./list.ts";
import { addOperatorActivate } from "./activate.ts";
import { addOperatorDeactivate } from "./deactivate.ts";
import { addOperatorEndSessions } from "./end-sessions.ts";
import { addOperatorInvite } from "./invite.ts";
import { addOperatorResetPassword } from "./reset-password.ts";
import { addOperatorRole } from "./role.ts";
import { addOperatorSessions } from "./sessions.ts";

/** `holdpoint operator …` */
export function addOperator(program: Command, runner: Runner): void {
  const operator = program.command("operator").description("the people who may sign in");
  addOperatorCreate(operator, runner);
  addOperatorInvite(operator, runner);
  addOperatorList(operator, runner);
  addOperatorRole(operator, runner);
  addOperatorDeactivate(operator, runner);
  addOperatorActivate(operator, runner);
  addOperatorResetPassword(operator, runner);
  addOperatorSessions(operator, runner);
  addOperatorEndSessions(operator, runner);
}
