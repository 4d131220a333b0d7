import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addPolicyActivate } from "./activate.ts";
import { addPolicyCheck } from "./check.ts";
import { addPolicyExplain } from "./explain.ts";
import { addPolicyList } from "./list.ts";
import { addPolicyShow } from "./show.ts";
import { addPolicySimulate } from "./simulate.ts";

/** `holdpoint policy …` */
export function addPolicy(program: Command, runner: Runner): void {
  const policy = program.command("policy").description("what may run, what a person must approve, what never runs");
  addPolicyCheck(policy, runner);
  addPolicySimulate(policy, runner);
  addPolicyActivate(policy, runner);
  addPolicyExplain(policy, runner);
  addPolicyShow(policy, runner);
  addPolicyList(policy, runner);
}
