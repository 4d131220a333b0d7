import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addLogin } from "./login.ts";
import { addLogout } from "./logout.ts";
import { addWhoami } from "./whoami.ts";

/** `holdpoint login`, `logout`, `whoami` */
export function addSession(program: Command, runner: Runner): void {
  addLogin(program, runner);
  addLogout(program, runner);
  addWhoami(program, runner);
}
