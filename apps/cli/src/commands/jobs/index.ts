import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addJobsCancel } from "./cancel.ts";
import { addJobsComment } from "./comment.ts";
import { addJobsCompare } from "./compare.ts";
import { addJobsEvents } from "./events.ts";
import { addJobsList } from "./list.ts";
import { addJobsLogs } from "./logs.ts";
import { addJobsSend } from "./send.ts";
import { addJobsReplay } from "./replay.ts";
import { addJobsResubmit } from "./resubmit.ts";
import { addJobsProof } from "./proof.ts";
import { addJobsShow } from "./show.ts";
import { addJobsTypes } from "./types.ts";

/** `holdpoint jobs …` */
export function addJobs(program: Command, runner: Runner): void {
  const jobs = program
    .command("jobs")
    .description("see jobs, their events and output; cancel one, comment on one, send it a signal");
  addJobsList(jobs, runner);
  addJobsShow(jobs, runner);
  addJobsEvents(jobs, runner);
  addJobsLogs(jobs, runner);
  addJobsProof(jobs, runner);
  addJobsCancel(jobs, runner);
  addJobsComment(jobs, runner);
  addJobsSend(jobs, runner);
  addJobsReplay(jobs, runner);
  addJobsResubmit(jobs, runner);
  addJobsCompare(jobs, runner);
  addJobsTypes(jobs, runner);
}
