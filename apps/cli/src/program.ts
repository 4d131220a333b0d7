import { Command } from "commander";
import { addAudit } from "./commands/audit/index.ts";
import { addApprovals } from "./commands/approvals/index.ts";
import { addBulk } from "./commands/bulk/index.ts";
import { addCaps } from "./commands/caps/index.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addIncidents } from "./commands/incidents/index.ts";
import { addJobs } from "./commands/jobs/index.ts";
import { addLimits } from "./commands/limits/index.ts";
import { addLedger } from "./commands/ledger/index.ts";
import { addSession } from "./commands/session/index.ts";
import { addOperator } from "./commands/operator/index.ts";
import { addPause } from "./commands/pause.ts";
import { addResume } from "./commands/resume.ts";
import { addRetention } from "./commands/retention/index.ts";
import { addSetup } from "./commands/setup.ts";
import { addStatus } from "./commands/status.ts";
import { addPolicy } from "./commands/policy/index.ts";
import { addStop } from "./commands/stop/index.ts";
import { addSubmit } from "./commands/submit.ts";
import { addVenture } from "./commands/venture/index.ts";
import { addWorker } from "./commands/worker/index.ts";
import { createRunner } from "./core/runner.ts";
import { startCommand } from "./start/index.ts";

export const VERSION = "0.1.0";

/**
 * The `holdpoint` command with all that it can do. Its parse errors are thrown; the caller prints them. `onHelp` is given
 * the help that is shown instead of a missing command.
 */
export function createProgram(onHelp: (text: string) => void = () => undefined): Command {
  const runner = createRunner();
  const program = new Command("holdpoint")
    .description("A self-hosted worker fleet that stops wherever a person must decide.")
    .version(VERSION, "-V, --version")
    .exitOverride()
    .configureOutput({ writeErr: (text) => void (text.startsWith("Usage:") && onHelp(text)) })
    .showSuggestionAfterError();
  addStatus(program, runner);
  addDoctor(program, runner);
  addSubmit(program, runner);
  addJobs(program, runner);
  addApprovals(program, runner);
  addPolicy(program, runner);
  addIncidents(program, runner);
  addBulk(program, runner);
  addStop(program, runner);
  addPause(program, runner);
  addResume(program, runner);
  addLimits(program, runner);
  addCaps(program, runner);
  addLedger(program, runner);
  addAudit(program, runner);
  addRetention(program, runner);
  addVenture(program, runner);
  addWorker(program, runner);
  addOperator(program, runner);
  addSession(program, runner);
  addSetup(program, runner);
  program.addCommand(startCommand.copyInheritedSettings(program));
  return program;
}
