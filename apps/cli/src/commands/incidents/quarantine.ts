import type { Command } from "commander";
import { quarantineSubject } from "@holdpoint/db/people";
import { INCIDENT_REASONS } from "@holdpoint/policy";
import { addCommand, option, requiredOption, type Runner } from "../../core/command.ts";
import { readPayload } from "../../core/payload.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { withVentureName } from "../../core/venture-name.ts";

interface Options {
  venture: string;
  reason: string;
  finding: string;
  evidence?: string;
}

/** `holdpoint incidents quarantine` */
export function addIncidentsQuarantine(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "quarantine <kind> <subject>",
    description: "put an artifact, page, payload or webhook in quarantine",
    options: [
      requiredOption("--venture <key>", "the venture that it belongs to"),
      requiredOption("--finding <text>", "what is wrong with it"),
      option("--reason <reason>", `of the catalogue: ${INCIDENT_REASONS.join(", ")}`).default("reported"),
      option("--evidence <json>", "JSON object, @file, or @- for standard input"),
    ],
    examples: [
      'incidents quarantine page https://acme.example/about --venture acme --reason unsafe_public_claim --finding "It promises a cure"',
    ],
    notes: "A job goes to quarantine by its run. An artifact is named by its id; its file is moved out of reach.",
    async run(context, args, options) {
      const client = await context.client();
      const kind = oneOf("subject", "kind", args[0] ?? "", ["artifact", "page", "payload", "webhook"] as const);
      const reason = oneOf("reason", "reason", options.reason, INCIDENT_REASONS);
      const evidence = options.evidence === undefined ? {} : { evidence: await readPayload(context, options.evidence) };
      const request = { kind, subject: args[1] ?? "", venture: options.venture, reason, finding: options.finding };
      const opened = await withVentureName(client, options.venture, () =>
        quarantineSubject(client, { ...request, ...evidence }),
      );
      return {
        document: opened,
        text: `In quarantine: ${kind} (${opened.reason}, ${opened.severity}). Incident ${opened.id}`,
      };
    },
  });
}
