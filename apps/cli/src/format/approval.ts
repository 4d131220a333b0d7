import { answeredHash, type JobDetail } from "@holdpoint/db/people";
import { WAITING_FOR_PERSON, type FormField } from "@holdpoint/policy";
import type { Context } from "../core/context.ts";
import { clean } from "./clean.ts";
import { money } from "./money.ts";
import { paintState } from "./style.ts";
import { facts } from "./table.ts";
import { exactTime, relative } from "./time.ts";

/** The card of a job that waits: what will happen, where, the cost, why a person is asked, until when, and the answers. */
export function approvalCard(detail: JobDetail, { paint, clock }: Context): string {
  const { job, plan } = detail;
  const failure = detail.incidents.findLast((one) => one.resolved_at === null);
  const card = facts([
    ["job", job.id],
    ["state", paintState(paint, job.state) + (job.held_for ? ` for ${job.held_for}` : "")],
    ["what", `${job.type} version ${job.type_version} for ${job.venture}`],
    ...requestFacts(detail),
    ["payload", clean(JSON.stringify(job.payload))],
    ["references", job.refs == null ? null : clean(JSON.stringify(job.refs))],
    ["cost", job.ceiling_microusd > 0 ? `at most ${money(job.ceiling_microusd)}` : "free"],
    [
      "why asked",
      job.held_for === "park" ? "its run asks, and goes on with the answer" : clean(job.reason ?? job.rule ?? ""),
    ],
    ["failed", failure ? `${failure.reason}: ${clean(failure.finding, true)}` : null],
    ["recommended", failure ? clean(failure.recommended, true) : null],
    ["asked by", `${job.submitted_by.kind} ${clean(job.submitted_by.id)}, ${exactTime(job.created_at, clock)}`],
    ...approvalFacts(detail, clock),
    ["expires", job.held_until ? `${exactTime(job.held_until, clock)}, then ${afterwards(detail)}` : "never by itself"],
    ["last time", lastApproved(detail, clock)],
    ["plan", plan ? `${plan.hash} (no. ${plan.plan_no})` : job.plan_hash],
    ["plan says", plan ? clean(plan.body) : null],
  ]);
  return `${card}\n\n${answers(detail)}`;
}

/** What the run asks, in its own words. */
function requestFacts({ job, wait }: JobDetail): Facts {
  if (job.held_for !== "park" || !wait?.request) return [];
  const { title, summary } = wait.request;
  return [
    ["the run asks", clean(title)],
    ["", summary === "" ? null : clean(summary, true)],
    ["request", wait.hash],
    ["a no", wait.request.otherwise === "end" ? "ends the job" : "is told to the run, which may clean up"],
  ];
}

function afterwards({ job, wait }: JobDetail): string {
  return job.held_for === "park" && wait?.request?.otherwise === "throw" ? "the run is told so" : "nothing runs";
}

function describeField(field: FormField): string {
  const label = field.label === undefined ? "" : `${clean(field.label)}: `;
  return `${label}${whatFits(field)}${field.required ? "" : ", may be left out"}`;
}

function whatFits(field: FormField): string {
  switch (field.type) {
    case "text":
      return `text of at most ${field.max} characters`;
    case "number":
      return `${field.whole ? "whole number" : "number"} from ${field.min} to ${field.max}`;
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${field.choices.map((one) => clean(one)).join(", ")}`;
  }
}

type Facts = Parameters<typeof facts>[0];

/** What the approval takes and what of it is there. */
function approvalFacts({ job, approval_status: approval }: JobDetail, clock: Context["clock"]): Facts {
  if (!approval || !WAITING_FOR_PERSON.some((state) => state === job.state)) return [];
  const given = approval.given.map(
    (one) => `${clean(one.by)}, ${exactTime(one.at, clock)}${one.fault ? ` (void: ${one.fault})` : ""}`,
  );
  return [
    ["needs", clean(approval.who)],
    ["approved by", given.length > 0 ? given.join("; ") : null],
    ["you", approval.you ? `can't approve this: ${approval.you}` : null],
    ...approval.form.map((field): Facts[number] => [`form ${field.name}`, describeField(field)]),
    ["to type", approval.requirement.typed === null ? null : clean(approval.requirement.typed)],
  ];
}

function answers(detail: JobDetail): string {
  const { job, approval_status: approval } = detail;
  if (!WAITING_FOR_PERSON.some((state) => state === job.state)) return "This job does not wait for a person.";
  const text = approval?.requirement.typed ?? null;
  const fields = approval?.form ?? [];
  const typed =
    (text === null ? "" : ` --typed "${clean(text)}"`) +
    (fields.length === 0 ? "" : ` --form ${fields.map((field) => `${field.name}=…`).join(" ")}`);
  if (job.state !== "held" || job.held_for === "retry") {
    return `holdpoint approvals release ${job.id}${typed}\nholdpoint approvals discard ${job.id}`;
  }
  const hash = answeredHash(detail);
  const pin = hash ? ` --plan-hash ${hash.slice(0, 12)}` : "";
  return `holdpoint approvals approve ${job.id}${pin}${typed}\nholdpoint approvals reject ${job.id}${pin}`;
}

function lastApproved({ last_approved: last, plan }: JobDetail, clock: Context["clock"]): string {
  if (!last) return "first of its kind";
  const same = last.plan !== null && last.plan === plan?.body;
  const what = same ? "the same plan" : `another plan: ${clean(last.plan ?? "not kept")}`;
  return `${clean(last.by)} approved ${what}, ${relative(last.at, clock)}`;
}
