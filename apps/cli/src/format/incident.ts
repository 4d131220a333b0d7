import type { IncidentReport, ListedIncident } from "@holdpoint/db/people";
import type { Context } from "../core/context.ts";
import { clean, short } from "./clean.ts";
import { money } from "./money.ts";
import { paintState } from "./style.ts";
import { facts, table } from "./table.ts";
import { exactTime, relative } from "./time.ts";

/** Incidents as a table, one line each. */
export function incidentTable(items: readonly ListedIncident[], { paint, clock }: Context): string {
  const rows = items.map((one) => [
    one.id,
    one.subject_kind === "job" ? (one.type ?? "job") : one.subject_kind,
    one.venture,
    paintState(paint, one.state),
    one.severity,
    `${one.reason}${one.error_class === null ? "" : ` (${one.error_class})`}`,
    relative(one.created_at, clock),
    short(one.finding, 60),
  ]);
  return table(["ID", "WHAT", "VENTURE", "STATE", "SEVERITY", "REASON", "SINCE", "FOUND"], rows);
}

/** The incident pack. */
export function incidentCard(report: IncidentReport, { paint, clock }: Context): string {
  const { incident, job, facts: ran, links } = report;
  const head = facts([
    ["incident", incident.id],
    [incident.subject_kind, incident.subject],
    ["type", job === null ? null : `${job.type} version ${job.type_version}`],
    ["venture", incident.venture],
    [
      "state",
      paintState(paint, incident.state) +
        (incident.resolution ? `, resolved: ${incident.resolution} by ${clean(incident.resolved_by ?? "")}` : ""),
    ],
    [
      "reason",
      `${incident.reason}, ${incident.severity}${incident.error_class ? ` (class ${incident.error_class})` : ""}`,
    ],
    ["found", clean(incident.finding, true)],
    ["evidence", Object.keys(incident.evidence).length === 0 ? null : clean(JSON.stringify(incident.evidence))],
    ["recommended", clean(incident.recommended)],
    ["since", exactTime(incident.created_at, clock)],
    ["plan", report.plan?.hash ?? job?.plan_hash ?? null],
    ["payload", job === null ? null : clean(JSON.stringify(job.payload))],
    ["attempts", job === null ? null : `${job.run_no} runs, ${job.retries_used} retries used, ${job.losses} lost`],
    ["cost", job === null ? null : money(job.cost_microusd)],
    [
      "code",
      ran === null
        ? null
        : `${short(ran.code_hash ?? "unknown", 12)} on ${clean(ran.worker ?? "no worker")} ${ran.worker_version ?? ""}`,
    ],
    ["changed", changedText(report)],
    [
      "made from",
      links
        .filter((link) => link.job_id === job?.id)
        .map((link) => `${link.kind} of ${link.of_job}`)
        .join(", "),
    ],
    [
      "made of it",
      links
        .filter((link) => link.of_job === job?.id)
        .map((link) => `${link.kind} ${link.job_id}`)
        .join(", "),
    ],
  ]);
  return [head, recoveryText(report), runsText(report, clock), effectsText(report), logText(report)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function changedText({ last_good: good, changed_words: words, job }: IncidentReport): string | null {
  if (job === null) return null;
  if (good === null) return "no job of its type has worked before it";
  return words === null ? `nothing that is known, since ${good.id} worked` : `since ${good.id} worked: ${clean(words)}`;
}

function recoveryText({ recovery, incident, last_good_artifacts: artifacts }: IncidentReport): string {
  if (incident.resolved_at !== null) return "";
  const { plan, steps, needsPerson, limitReached } = recovery;
  const rollback =
    plan.rollback === "none" ? null : artifacts.map((one) => `${clean(one.name)} ${short(one.sha256, 12)}`).join(", ");
  return facts([
    [
      "recovery",
      `${plan.name}${needsPerson ? ", a person must look" : ""}${limitReached ? " (its limit of releases is reached)" : ""}`,
    ],
    ["look at", plan.checks.join(", ").replaceAll("_", " ")],
    ["then", steps.join(", ").replaceAll("_", " ")],
    ["last good", rollback],
  ]);
}

function runsText({ runs }: IncidentReport, clock: Context["clock"]): string {
  if (runs.length === 0) return "";
  const rows = runs.map((run) => [
    String(run.run_no),
    run.outcome ?? "open",
    run.cause ?? run.error_class ?? "",
    relative(run.started_at, clock),
    clean(run.worker ?? ""),
    short(run.code_hash ?? "", 8),
    short(run.error_message ?? "", 70),
  ]);
  return table(["RUN", "OUTCOME", "CAUSE", "STARTED", "WORKER", "CODE", "MESSAGE"], rows, [0]);
}

function effectsText({ effects }: IncidentReport): string {
  if (effects.length === 0) return "";
  const rows = effects.map((one) => [
    clean(one.key),
    one.kind,
    one.dry_run ? "dry run" : (one.outcome ?? (one.unknown ? "unknown" : "open")),
    one.cost_microusd === null ? "" : money(one.cost_microusd),
    one.receipt === null || one.receipt === undefined ? "" : short(JSON.stringify(one.receipt), 60),
  ]);
  return table(["EFFECT", "KIND", "OUTCOME", "COST", "RECEIPT"], rows);
}

function logText({ log }: IncidentReport): string {
  const lines = log
    .map((chunk) => chunk.text)
    .join("")
    .trimEnd()
    .split("\n")
    .slice(-20);
  return lines.join("") === "" ? "" : `Last output:\n${lines.map((line) => `  ${clean(line)}`).join("\n")}`;
}
