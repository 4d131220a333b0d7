import type { Command } from "commander";
import { listIncidents } from "@holdpoint/db/people";
import { ERROR_CLASSES, HoldpointError, INCIDENT_REASONS, INCIDENT_SUBJECTS, SEVERITIES } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { incidentTable } from "../../format/incident.ts";

interface Options {
  state?: string;
  kind?: string;
  class?: string;
  reason?: string;
  severity?: string;
  type?: string;
  venture?: string;
  all?: boolean;
  before?: string;
  limit: string;
}

/** `holdpoint incidents list` */
export function addIncidentsList(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "list",
    description: "what is dead or in quarantine, newest first",
    options: [
      option("--state <state>", "only dead or only quarantined"),
      option("--kind <kind>", `only of this subject: ${INCIDENT_SUBJECTS.join(", ")}`),
      option("--class <class>", `only of this error class: ${ERROR_CLASSES.join(", ")}`),
      option("--reason <reason>", "only of this reason of the catalogue, e.g. poison_job"),
      option("--severity <severity>", `only as severe as this: ${SEVERITIES.join(", ")}`),
      option("--type <type>", "only jobs of this type"),
      option("--venture <key>", "only of this venture"),
      option("--all", "those that are resolved too"),
      option("--before <id>", "the page after this one: `next` of the page before"),
      option("--limit <n>", "at most so many, up to 200").default("50"),
    ],
    examples: [
      "incidents list",
      "incidents list --severity critical --json",
      "incidents list --class bug --venture acme",
    ],
    run: listCommand,
  });
}

async function listCommand(context: Context, _args: readonly string[], options: Options): Promise<Outcome> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
    throw new HoldpointError("invalid", "bad_limit", "--limit is a whole number from 1 to 200.", { field: "limit" });
  }
  const { state, kind, class: errorClass, reason, severity, type, venture, all, before } = options;
  const page = await listIncidents(await context.client(), {
    ...(state === undefined ? {} : { state: oneOf("state", "state", state, ["dead", "quarantined"] as const) }),
    ...(kind === undefined ? {} : { kind: oneOf("subject", "kind", kind, INCIDENT_SUBJECTS) }),
    ...(errorClass === undefined ? {} : { class: oneOf("error class", "class", errorClass, ERROR_CLASSES) }),
    ...(reason === undefined ? {} : { reason: oneOf("reason", "reason", reason, INCIDENT_REASONS) }),
    ...(severity === undefined ? {} : { severity: oneOf("severity", "severity", severity, SEVERITIES) }),
    ...(type === undefined ? {} : { type }),
    ...(venture === undefined ? {} : { venture }),
    ...(all ? { all } : {}),
    ...(before === undefined ? {} : { before }),
    limit,
  });
  const lines = [page.items.length > 0 ? incidentTable(page.items, context) : "Nothing is dead or in quarantine."];
  if (page.next) lines.push(`More: --before ${page.next}`);
  return { document: page, text: lines.join("\n\n") };
}
