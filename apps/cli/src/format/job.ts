import type { Job, JobDetail, Waiting } from "@holdpoint/db/people";
import type { Context } from "../core/context.ts";
import { clean, short } from "./clean.ts";
import { ceiling, money } from "./money.ts";
import { paintState } from "./style.ts";
import { facts, table } from "./table.ts";
import { exactTime, relative } from "./time.ts";

/** Jobs as a table, one line each. */
export function jobTable(jobs: readonly Job[], { paint, clock }: Context): string {
  const rows = jobs.map((job) => [
    job.id,
    job.type,
    job.venture,
    paintState(paint, job.state),
    String(job.run_no),
    relative(job.created_at, clock),
    short(job.blocked_by ?? waitText(job, clock) ?? job.reason ?? "", 60),
  ]);
  return table(["ID", "TYPE", "VENTURE", "STATE", "RUNS", "SUBMITTED", "WHY"], rows, [4]);
}

/** What waits for a person, one line each. */
export function waitingTable(items: readonly Waiting[], { paint, clock }: Context): string {
  const rows = items.map((job) => [
    job.id,
    job.type,
    job.venture,
    paintState(paint, job.state),
    ceiling(job.ceiling_microusd),
    job.held_until ? relative(job.held_until, clock) : "never",
    short(job.reason ?? job.rule ?? "", 60),
  ]);
  return table(["ID", "TYPE", "VENTURE", "STATE", "COST ≤", "EXPIRES", "WHY"], rows, [4]);
}

/** One job with its runs, decisions and artifacts. */
export function jobCard(detail: JobDetail, { paint, clock }: Context, changed: string | null = null): string {
  const { job } = detail;
  const time = (iso: string | null): string | null => (iso === null ? null : exactTime(iso, clock));
  const head = facts([
    ["job", job.id],
    ["type", `${job.type} version ${job.type_version}`],
    ["venture", job.venture],
    ["state", paintState(paint, job.state) + (job.cancel_requested_at ? " (cancel requested)" : "")],
    ["why", job.reason ? clean(job.reason) : null],
    ["blocked by", job.blocked_by],
    ["waits for", waitText(job, clock)],
    [
      "send it",
      job.waits_for?.startsWith("signal:") ? `holdpoint jobs send ${job.id} ${job.waits_for.slice(7)}` : null,
    ],
    ["queue", `${job.queue}${job.urgent ? ", urgent" : ""}`],
    ["tier", job.tier],
    ["cost", job.ceiling_microusd > 0 ? `${money(job.cost_microusd)} of at most ${money(job.ceiling_microusd)}` : null],
    ["runs", `${job.run_no}, ${job.retries_used} retries used, ${job.losses} lost`],
    ["run at", time(job.run_at)],
    ["start by", time(job.start_by)],
    ["end by", time(job.end_by)],
    ["submitted", `${time(job.created_at)} by ${job.submitted_by.kind} ${clean(job.submitted_by.id)}`],
    ["held until", time(job.held_until)],
    ["ended", time(job.ended_at)],
    ["key", job.idempotency_key ? clean(job.idempotency_key) : null],
    ["payload", clean(JSON.stringify(job.payload))],
    ["references", job.refs == null ? null : clean(JSON.stringify(job.refs))],
    ["result", job.result == null ? null : clean(JSON.stringify(job.result))],
    ["plan", detail.plan?.hash ?? job.plan_hash],
  ]);
  return [
    head,
    blocksText(detail, clock),
    failureText(detail, changed),
    linksText(detail),
    runsText(detail, clock),
    signalsText(detail, clock),
    decisionsText(detail, clock),
    commentsText(detail, clock),
    artifactsText(detail),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** What a queued job waits for by itself, in words; null: nothing. */
function waitText({ state, waits_for: wait, run_at: until }: Job, clock: Context["clock"]): string | null {
  if (state !== "queued" || wait === null) return null;
  if (wait === "sleep") return `its time: it sleeps until ${exactTime(until, clock)}`;
  return wait.startsWith("signal:")
    ? `the signal ${clean(wait.slice(7))}, until ${exactTime(until, clock)}`
    : clean(wait);
}

function signalsText({ signals }: JobDetail, clock: Context["clock"]): string {
  if (signals.length === 0) return "";
  const rows = signals.map((one) => [
    String(one.no),
    one.name,
    short(one.id, 40),
    short(JSON.stringify(one.data), 60),
    one.by,
    relative(one.at, clock),
    one.taken_by ?? "in the mailbox",
  ]);
  return table(["SIGNAL", "NAME", "ID", "DATA", "BY", "SENT", "TAKEN BY"], rows, [0]);
}

function commentsText({ comments }: JobDetail, clock: Context["clock"]): string {
  return comments
    .map((one) => `${clean(one.by)}, ${exactTime(one.at, clock)}:\n  ${clean(one.text, true).replaceAll("\n", "\n  ")}`)
    .join("\n");
}

function blocksText({ blocks }: JobDetail, clock: Context["clock"]): string {
  if (blocks.length === 0) return "";
  const rows = blocks.map((one) => [
    `${one.kind}:${one.scope}${one.key ? `:${one.key}` : ""}`,
    short(one.reason, 80),
    relative(one.since, clock),
    one.wake_at ? relative(one.wake_at, clock) : "",
  ]);
  return table(["BLOCKED BY", "WHY", "SINCE", "LIFTS"], rows);
}

function failureText({ incidents }: JobDetail, changed: string | null): string {
  const failure = incidents.at(-1);
  if (!failure) return "";
  return facts([
    ["failure", `${failure.reason}${failure.error_class ? ` (${failure.error_class})` : ""}`],
    ["found", clean(failure.finding, true)],
    ["recommended", clean(failure.recommended, true)],
    ["changed", changed === null ? null : clean(changed)],
    ["incident", failure.id],
  ]);
}

function linksText({ job, links }: JobDetail): string {
  const lines = links.map((link) =>
    link.job_id === job.id
      ? ["made from", `${link.of_job} (${link.kind})`]
      : ["made of it", `${link.job_id} (${link.kind})`],
  );
  return facts(lines.map(([name = "", value = ""]) => [name, value] as const));
}

function runsText({ runs }: JobDetail, clock: Context["clock"]): string {
  if (runs.length === 0) return "";
  const rows = runs.map((run) => [
    String(run.run_no),
    run.outcome ?? "open",
    run.cause ?? run.error_class ?? "",
    relative(run.started_at, clock),
    run.ended_at ? relative(run.ended_at, clock) : "",
    short(run.error_message ?? "", 80),
  ]);
  return table(["RUN", "OUTCOME", "CAUSE", "STARTED", "ENDED", "MESSAGE"], rows, [0]);
}

function decisionsText({ decisions }: JobDetail, clock: Context["clock"]): string {
  if (decisions.length === 0) return "";
  const rows = decisions.map((one) => [one.verb, one.by, relative(one.at, clock), short(one.reason ?? "", 80)]);
  return table(["DECISION", "BY", "WHEN", "REASON"], rows);
}

function artifactsText({ artifacts }: JobDetail): string {
  if (artifacts.length === 0) return "";
  const rows = artifacts.map((one) => [clean(one.name), String(one.bytes), one.sha256]);
  return table(["ARTIFACT", "BYTES", "SHA256"], rows, [1]);
}
