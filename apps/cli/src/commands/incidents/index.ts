import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addIncidentsList } from "./list.ts";
import { addIncidentsQuarantine } from "./quarantine.ts";
import { addIncidentsResolve } from "./resolve.ts";
import { addIncidentsShow } from "./show.ts";

/** `holdpoint incidents …` */
export function addIncidents(program: Command, runner: Runner): void {
  const incidents = program.command("incidents").description("see what is dead or in quarantine, and why");
  addIncidentsList(incidents, runner);
  addIncidentsShow(incidents, runner);
  addIncidentsQuarantine(incidents, runner);
  addIncidentsResolve(incidents, runner, "release");
  addIncidentsResolve(incidents, runner, "discard");
}
