import type { Command } from "commander";
import { resolveIncident } from "@holdpoint/db/people";
import { addCommand, requiredOption, type Runner } from "../../core/command.ts";

/** `holdpoint incidents release|discard` */
export function addIncidentsResolve(parent: Command, runner: Runner, verb: "release" | "discard"): void {
  const does =
    verb === "release"
      ? "let what is no job out of quarantine"
      : "end the quarantine of what is no job: it is not to be used";
  addCommand<{ reason: string }>(parent, runner, {
    usage: `${verb} <incident>`,
    description: does,
    options: [requiredOption("--reason <text>", "why; kept with the incident")],
    examples: [`incidents ${verb} 019aa3f2-… --reason "read it with the lawyer"`],
    notes: `A job's incident ends with the decision about the job: holdpoint approvals ${verb} JOB`,
    async run(context, args, options) {
      const incident = await resolveIncident(await context.client(), {
        incident: args[0] ?? "",
        verb,
        reason: options.reason,
      });
      return { document: incident, text: `${incident.subject_kind} ${verb === "release" ? "released" : "discarded"}.` };
    },
  });
}
