import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addAuditAnchor } from "./anchor.ts";
import { addAuditVerify } from "./verify.ts";

/** `holdpoint audit …` */
export function addAudit(program: Command, runner: Runner): void {
  const audit = program
    .command("audit")
    .description("recompute what is recorded, and compare it with the anchors outside");
  addAuditVerify(audit, runner);
  addAuditAnchor(audit, runner);
}
