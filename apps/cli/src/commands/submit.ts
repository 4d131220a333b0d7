import type { Command } from "commander";
import { planJob, readJobDetail, type JobRequest } from "@holdpoint/db/people";
import { HoldpointError, parseDuration } from "@holdpoint/policy";
import { addCommand, option, requiredOption, type Runner } from "../core/command.ts";
import type { Context } from "../core/context.ts";
import { EXIT, exitCodeOfState } from "../core/exit-codes.ts";
import { findJobType } from "../core/job-type.ts";
import type { Outcome } from "../core/outcome.ts";
import { checkPayload, readPayload } from "../core/payload.ts";
import { submitOnce } from "../core/submit-once.ts";
import { withVentureName } from "../core/venture-name.ts";
import { unreadable, waitForJob } from "../core/wait.ts";
import { jobCard } from "../format/job.ts";
import { parseTime } from "../format/parse-time.ts";
import { planText } from "../format/plan.ts";

interface Options {
  venture: string;
  payload?: string;
  priority?: boolean;
  at?: string;
  in?: string;
  startBy?: string;
  endBy?: string;
  debounce?: string;
  debounceMax?: string;
  debounceKey?: string;
  key?: string;
  wait?: boolean;
  waitAdmission?: boolean;
  timeout?: string;
  plan?: boolean;
}

/** `holdpoint submit TYPE`: submit a job, or with --plan ask what admission would decide about it. */
export function addSubmit(program: Command, runner: Runner): void {
  addCommand<Options>(program, runner, {
    usage: "submit <type>",
    description: "submit a job; policy then queues, holds or refuses it",
    options: [
      requiredOption("--venture <key>", "the venture that the job is for"),
      option("--payload <json>", "JSON object, @file, or @- for standard input (default: {})"),
      option("--priority", "urgent: goes before ordinary work, and an approval starts it without delay"),
      option("--at <time>", 'not before: 2026-11-22T08:00:00+01:00, "2026-11-22 08:00" or 08:00 (your zone)').conflicts(
        "in",
      ),
      option("--in <duration>", "not before that long from now: 90s, 10m, 2h, 1d"),
      option("--start-by <time>", "expires when it has not started by then"),
      option("--end-by <time>", "expires when it has not ended by then"),
      option("--debounce <duration>", "wait that long for another trigger; one job runs, with the payload of the last"),
      option("--debounce-max <duration>", "the longest that triggers put it off (default: ten times --debounce)"),
      option("--debounce-key <key>", "debounce triggers with the same key only"),
      option("--key <key>", "idempotency key: the same key again answers with the first job"),
      option("--wait", "wait until the job has ended or waits for a person").conflicts("waitAdmission"),
      option("--wait-admission", "wait until policy has decided"),
      option("--timeout <duration>", "stop waiting after that long (exit code 1); the job goes on"),
      option("--plan", "submit nothing: ask what policy would decide, and why").conflicts(["wait", "waitAdmission"]),
    ],
    examples: [
      "submit health_scan --venture acme --wait",
      `submit build --venture acme --payload '{"ref":"main"}' --wait-admission`,
      "submit build --venture acme --payload @build.json --plan",
      "submit health_scan --venture acme --in 2h --key scan-tonight",
      "submit build --venture acme --payload @build.json --debounce 5s --debounce-max 1m --debounce-key main",
    ],
    notes:
      "Exit codes: 0 submitted (with --wait: succeeded; with --wait-admission: queued), 1 failed, 2 usage or a payload\n" +
      "that does not fit, 3 held for a person, 4 refused by policy, 5 nothing could be reached (with --plan: no worker).",
    run: submit,
  });
}

async function submit(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  const name = args[0] ?? "";
  const request = await toRequest(context, name, options);
  const timeoutMs = options.timeout === undefined ? undefined : parseDuration(options.timeout, "timeout");
  const client = await context.client();
  const type = await findJobType(client, name);
  checkPayload(request.payload, name, type.payload_schema);
  if (options.plan) return await withVentureName(client, options.venture, () => plan(context, request));
  // From here on Ctrl-C ends the waiting and still tells the id: a job may have been submitted.
  const waits = options.wait === true || options.waitAdmission === true;
  if (waits) context.signal.throwIfAborted();
  const { id, repeated, debounced } = await withVentureName(client, options.venture, () => submitOnce(client, request));
  if (waits) {
    const until = options.wait ? "end" : "admission";
    const { detail, why } = await waitForJob(context, client, id, until, timeoutMs);
    const exit = { reached: exitCodeOfState(detail.job.state), interrupted: EXIT.interrupted, timeout: EXIT.failed };
    if (why === "interrupted") context.say(`Stopped waiting. The job goes on: holdpoint jobs show ${id}`);
    if (why === "timeout")
      context.say(`Not there after ${options.timeout}. The job goes on: holdpoint jobs show ${id}`);
    return { document: { ...detail.job, repeated }, text: jobCard(detail, context), exit: exit[why] };
  }
  const detail = await readJobDetail(client, id).catch((error: unknown) => {
    throw unreadable(id, error);
  });
  const note = repeated
    ? "\nThis key was used before; this is the job it made."
    : debounced
      ? "\nIt waits for more triggers and has this payload now."
      : "";
  return {
    document: { ...detail.job, repeated },
    text: `${id}${note}`,
  };
}

async function toRequest(context: Context, type: string, options: Options): Promise<JobRequest> {
  const { clock } = context;
  return {
    type,
    venture: options.venture,
    payload: await readPayload(context, options.payload),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.priority ? { urgent: true } : {}),
    ...(options.at === undefined ? {} : { run_at: parseTime(options.at, "at", clock) }),
    ...(options.in === undefined ? {} : { in_ms: parseDuration(options.in, "in") }),
    ...(options.startBy === undefined ? {} : { start_by: parseTime(options.startBy, "start-by", clock) }),
    ...(options.endBy === undefined ? {} : { end_by: parseTime(options.endBy, "end-by", clock) }),
    ...debounceOf(options),
  };
}

function debounceOf(options: Options): Pick<JobRequest, "debounce"> {
  if (options.debounce === undefined) {
    const alone = options.debounceMax !== undefined ? "--debounce-max" : "--debounce-key";
    if (options.debounceMax === undefined && options.debounceKey === undefined) return {};
    throw new HoldpointError("invalid", "missing_option", `${alone} needs --debounce.`, {
      field: "debounce",
      remedy: "Say how long to wait for another trigger, for example --debounce 5s.",
    });
  }
  return {
    debounce: {
      delay_ms: parseDuration(options.debounce, "debounce"),
      ...(options.debounceMax === undefined
        ? {}
        : { max_delay_ms: parseDuration(options.debounceMax, "debounce-max") }),
      ...(options.debounceKey === undefined ? {} : { key: options.debounceKey }),
    },
  };
}

async function plan(context: Context, request: JobRequest): Promise<Outcome> {
  const answer = await planJob(await context.client(), request);
  return { document: answer, text: planText(answer, context), exit: exitCodeOfState(answer.decision) };
}
