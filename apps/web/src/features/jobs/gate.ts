import type { JobDetail } from "@holdpoint/db/people";
import { person } from "../../ui/format.ts";
import { blockedByWords, blockWords } from "./words.ts";

export interface GateCheck {
  name: "Stop" | "Pause" | "Approval" | "Budget" | "Limits" | "Lease";
  state: "met" | "waits" | "not asked";
  said: string;
  /** What it waits for, where the name of the check does not say it: "for a signal". */
  waits?: string;
  /** The sentence under the open check. */
  detail: string | null;
}

/** The gate's six checks in the order in which it asks; the first that waits is the open one. */
export function gateChecks(detail: JobDetail): GateCheck[] {
  const { job, blocks, now } = detail;
  const of = (...kinds: string[]) => blocks.find((block) => kinds.includes(block.kind));
  const blocked = (name: GateCheck["name"], block: JobDetail["blocks"][number] | undefined, free: string): GateCheck =>
    block
      ? { name, state: "waits", said: blockWords(block), detail: `${block.reason}.`.replace("..", ".") }
      : { name, state: "met", said: free, detail: null };
  const later = job.state === "queued" && job.run_at > now;
  const worker = of("no_worker");
  return [
    blocked("Stop", of("stop"), "none in force"),
    blocked("Pause", of("pause", "drain"), "none in force"),
    approval(detail),
    blocked("Budget", of("cap"), job.ceiling_microusd === 0 ? "free" : "fits"),
    limits(
      detail,
      blocked("Limits", of("concurrency", "first_starts", "rate", "paused_by_provider", "provider_down"), "room"),
    ),
    {
      name: "Lease",
      state: worker || later ? "waits" : "not asked",
      said: worker ? "no worker" : later ? (SHORT[waitKind(detail)] ?? "not due yet") : "not asked yet",
      ...(worker || !later ? {} : { waits: WAITS[waitKind(detail)] ?? "for its time" }),
      detail: worker ? `${blockWords(worker)}: ${worker.reason}` : later ? laterWords(detail) : null,
    },
  ];
}

const SHORT: Readonly<Record<string, string>> = { sleep: "it sleeps", signal: "for a signal" };
const WAITS: Readonly<Record<string, string>> = { sleep: "for the end of its sleep", signal: "for a signal" };

function waitKind({ job }: JobDetail): string {
  return job.waits_for?.split(":")[0] ?? "";
}

function laterWords({ job }: JobDetail): string {
  const until = `${job.run_at.slice(0, 10)} ${job.run_at.slice(11, 19)} UTC`;
  if (job.waits_for === "sleep") return `Its run sleeps until ${until}, then goes on from its steps.`;
  if (job.waits_for?.startsWith("signal:")) {
    const name = job.waits_for.slice("signal:".length);
    return `Its run waits for the signal ${name}, until ${until}. Send it: holdpoint jobs send ${job.id} ${name}`;
  }
  return "It becomes ready at its time, and a free slot then takes it.";
}

function approval({ job, decisions, approval_status: status }: JobDetail): GateCheck {
  const last = decisions.at(-1);
  if (job.state === "held") {
    return {
      name: "Approval",
      state: "waits",
      said:
        status !== null && status.missing > 0 && status.given.some((one) => one.fault === null)
          ? "one of two"
          : "nobody yet",
      detail:
        job.held_for === "park"
          ? `Its run asks: “${job.reason ?? "a question"}”. A person answers on its card.`
          : "A person decides on its card. Undecided at expiry, nothing runs.",
    };
  }
  if (!job.needs_approval && !last) return { name: "Approval", state: "met", said: "not needed", detail: null };
  return {
    name: "Approval",
    state: "met",
    said: last ? `${person(last.by)}, ${last.at.slice(11, 19)}` : "given",
    detail: null,
  };
}

/** Room under the limits, or a wait of its own for another job with its concurrency key. */
function limits({ job }: JobDetail, check: GateCheck): GateCheck {
  if (check.state === "waits" || !job.blocked_by?.startsWith("concurrency_key:")) return check;
  const detail = "It becomes ready when a job with the same key has ended.";
  return { ...check, state: "waits", said: blockedByWords(job.blocked_by), detail };
}
