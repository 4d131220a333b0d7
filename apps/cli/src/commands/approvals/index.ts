import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addAnswer } from "./answer.ts";
import { addApprovalsMeasures } from "./measures.ts";
import { addApprovalsList } from "./list.ts";
import { addApprovalsShow } from "./show.ts";
import { addStandingCommands } from "./standing/index.ts";

/** `holdpoint approvals …` */
export function addApprovals(program: Command, runner: Runner): void {
  const approvals = program.command("approvals").description("what waits for a person, and answering it");
  addApprovalsList(approvals, runner);
  addApprovalsShow(approvals, runner);
  addApprovalsMeasures(approvals, runner);
  addStandingCommands(approvals, runner);
  addAnswer(
    approvals,
    runner,
    "approve",
    "let a held job run, exactly as its plan says, or go on with what its run asks",
  );
  addAnswer(approvals, runner, "reject", "end a held job without running it, or say no to what its run asks");
  addAnswer(approvals, runner, "release", "let a failed job (dead, quarantined, or held for a retry) run again");
  addAnswer(approvals, runner, "discard", "end a failed job (dead, quarantined, or held for a retry)");
  addAnswer(approvals, runner, "undo", "take an answer back, until a worker has claimed the job");
}
