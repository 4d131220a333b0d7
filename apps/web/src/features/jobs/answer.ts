import type { JobDetail } from "@holdpoint/db/people";
import { person, plural, span } from "../../ui/format.ts";
import { askedBy, blockWords, blockedByWords, reasonWords, waitsForWords } from "./words.ts";

/** Ends it with one full stop. */
const sentence = (text: string) => `${text.replace(/[.\s]+$/, "")}.`;
const took = (from: string, to: string) => {
  const ms = Date.parse(to) - Date.parse(from);
  return ms < 1_000 ? "under 1 s" : span(ms);
};

/** What happened, or what it waits for, in one sentence: from the last decisive record. */
export function answerLine({ job, runs, decisions, incidents, blocks, now }: JobDetail): string {
  const run = runs.at(-1);
  const last = decisions.at(-1);
  const by = last ? ` ${person(last.by)} decided at ${last.at.slice(11, 19)} UTC.` : "";
  const left = span(Date.parse(job.run_at) - Date.parse(now));
  switch (job.state) {
    case "submitted":
      return `Asked by ${askedBy(job.submitted_by)}; admission has not decided yet.`;
    case "queued":
      if (blocks[0]) return `Waits: ${blockWords(blocks[0])}.${by}`;
      if (job.blocked_by) return `Waits: ${blockedByWords(job.blocked_by)}.${by}`;
      if (job.run_at > now && job.waits_for === "sleep") return `Sleeps; goes on in ${left}.${by}`;
      if (job.run_at > now && job.waits_for !== null)
        return `Its run ${waitsForWords(job.waits_for)}, at most ${left}.${by}`;
      if (job.run_at > now) return `Starts in ${left}${job.reason ? `: ${reasonWords(job.reason)}` : ""}.${by}`;
      return `Ready; waits for a free slot.${by}`;
    case "held":
      return `Waits for a person${job.reason ? `: ${sentence(reasonWords(job.reason))}` : "."}`;
    case "running":
      if (job.cancel_requested_at)
        return `Run ${job.run_no} was asked to stop at ${job.cancel_requested_at.slice(11, 19)} UTC; it ends when its worker has heard.`;
      return `Run ${job.run_no} is under way on ${run?.worker ?? "a worker"}.`;
    case "succeeded":
      return `Succeeded in ${run ? took(run.started_at, run.ended_at ?? now) : took(job.created_at, job.ended_at ?? now)}, with ${plural(job.run_no, "run")}.`;
    case "dead":
    case "quarantined":
      return `${incidents.at(-1)?.finding ?? reasonWords(job.reason ?? "It failed")} ${incidents.at(-1)?.recommended ?? ""}`.trim();
    case "rejected":
    case "discarded":
      return `${last ? person(last.by) : "Somebody"} ${job.state} this${last?.reason ? `: “${last.reason}”` : ""}.`;
    case "expired":
      return job.run_no === 0
        ? `Its time was over before it started${job.reason ? `: ${reasonWords(job.reason)}` : ""}. Nothing ran.`
        : `Its time was over${job.reason ? `: ${reasonWords(job.reason)}` : ""}.`;
    case "refused":
      return `Refused by policy: ${job.reason ?? job.rule ?? "no reason kept"}`;
    case "canceled":
      return `Canceled${job.reason ? `: “${job.reason}”` : ""}.`;
  }
}
