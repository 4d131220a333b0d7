import type { Command } from "commander";
import { readIncidentReport } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { incidentCard } from "../../format/incident.ts";

/** `holdpoint incidents show` */
export function addIncidentsShow(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "show <incident>",
    description: "the incident pack: what ran, inputs, attempts, effects, last output, what changed, what to do",
    examples: ["incidents show 019aa3f2-…", "incidents show 019aa3f2-… --json"],
    notes: "Takes the id of an incident, or of a job: then its latest incident.",
    async run(context, args) {
      const report = await readIncidentReport(await context.client(), args[0] ?? "");
      return { document: report, text: incidentCard(report, context) };
    },
  });
}
