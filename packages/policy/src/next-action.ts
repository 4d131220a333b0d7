import { formatDuration } from "./duration.ts";

/** What the Now page knows. Times are milliseconds since 1970. */
export interface NowFacts {
  readonly now: number;
  /** Stops that are not lifted, the widest first. */
  readonly stops: readonly {
    readonly id: string;
    readonly scope: string;
    readonly key: string;
    readonly openRuns: number;
  }[];
  readonly workers: number;
  readonly liveWorkers: number;
  readonly failingChecks: readonly string[];
  /** Held jobs of the inbox, soonest expiry first. */
  readonly held: readonly { readonly id: string; readonly title: string; readonly expiresAt: number | null }[];
  readonly heldTotal: number;
  readonly quarantined: number;
  readonly dead: number;
  /** Jobs stuck as the dashboard defines it, with which kind in words. */
  readonly stuck: readonly { readonly id: string; readonly why: string }[];
  readonly ventures: number;
  readonly jobs: number;
  readonly queued: number;
  readonly running: number;
}

export interface NextAction {
  readonly kind:
    | "stop"
    | "workers"
    | "stuck"
    | "approve"
    | "quarantine"
    | "dead"
    | "trust"
    | "venture"
    | "submit"
    | "none";
  readonly sentence: string;
  /** The one button; null when there is nothing to do. */
  readonly button: { readonly label: string; readonly href: string } | null;
  /** Why this and not another. */
  readonly why: string;
}

const SOON_MS = 60 * 60_000;

/** The one thing an operator should do next. What stops all work comes first, then what expires, then what broke. */
export function nextAction(facts: NowFacts): NextAction {
  return (
    stopAction(facts) ??
    workerAction(facts) ??
    approvalAction(facts, true) ??
    stuckAction(facts) ??
    brokenAction(facts) ??
    approvalAction(facts, false) ??
    trustAction(facts) ??
    startAction(facts) ?? {
      kind: "none",
      sentence:
        facts.running + facts.queued > 0 ? "Nothing waits for you; work is under way." : "Nothing waits for you.",
      button: null,
      why: "No stop is in force, workers are at work, nothing is held, stuck or broken.",
    }
  );
}

function stopAction(facts: NowFacts): NextAction | null {
  const [stop] = facts.stops;
  if (stop === undefined) return null;
  const scope = stop.key === "" ? stop.scope : `${stop.scope} ${stop.key}`;
  const sentence =
    stop.openRuns > 0
      ? `A stop of ${scope} is taking hold: ${count(stop.openRuns, "run has", "runs have")} not confirmed.`
      : `A stop of ${scope} is in force: nothing in it starts.`;
  return {
    kind: "stop",
    sentence,
    button: { label: "Open the stop", href: "/stop" },
    why: "A stop keeps all work in its scope from starting.",
  };
}

function workerAction(facts: NowFacts): NextAction | null {
  if (facts.liveWorkers > 0) return null;
  const sentence =
    facts.workers === 0 ? "No worker is running, so nothing starts." : "No worker is heard from, so nothing starts.";
  return {
    kind: "workers",
    sentence,
    button: { label: "See the fleet", href: "/fleet" },
    why: "Without a worker, approvals and submits wait.",
  };
}

function approvalAction(facts: NowFacts, soonOnly: boolean): NextAction | null {
  const [first] = facts.held;
  if (first === undefined) return null;
  const left = first.expiresAt === null ? null : first.expiresAt - facts.now;
  if (soonOnly && (left === null || left > SOON_MS)) return null;
  const rest = facts.heldTotal > 1 ? ` and ${count(facts.heldTotal - 1, "other waits", "others wait")}` : "";
  const expiry = left === null ? "" : left > 0 ? `; it expires in ${formatDuration(left)}` : "; it is about to expire";
  return {
    kind: "approve",
    sentence: `${first.title} waits for your decision${rest}${expiry}.`,
    button: { label: "Open the card", href: `/approvals/${first.id}` },
    why: soonOnly
      ? "It expires within the hour, and then nothing happens."
      : "It waits for a person and nothing else is broken.",
  };
}

function stuckAction(facts: NowFacts): NextAction | null {
  const [first] = facts.stuck;
  if (first === undefined) return null;
  const rest = facts.stuck.length > 1 ? ` ${count(facts.stuck.length - 1, "other is", "others are")} stuck too.` : "";
  return {
    kind: "stuck",
    sentence: `A job is stuck: ${first.why}.${rest}`,
    button: { label: "Open the job", href: `/jobs/${first.id}` },
    why: "Stuck work does not mend itself.",
  };
}

function brokenAction(facts: NowFacts): NextAction | null {
  if (facts.quarantined > 0) {
    return {
      kind: "quarantine",
      sentence: `${count(facts.quarantined, "job is", "jobs are")} in quarantine.`,
      button: { label: "Look at them", href: "/jobs?state=quarantined" },
      why: "What is in quarantine may be unsafe or have an unknown outcome outside.",
    };
  }
  if (facts.dead > 0) {
    return {
      kind: "dead",
      sentence: `${count(facts.dead, "job has", "jobs have")} used up all retries.`,
      button: { label: "Look at them", href: "/jobs?state=dead" },
      why: "A person decides whether to try again or to discard.",
    };
  }
  return null;
}

function trustAction(facts: NowFacts): NextAction | null {
  const [first] = facts.failingChecks;
  if (first === undefined) return null;
  return {
    kind: "trust",
    sentence: `A trust check fails: ${first}.`,
    button: { label: "See the check", href: "/trust" },
    why: "Work goes on, but something it relies on is not as it should be.",
  };
}

function startAction(facts: NowFacts): NextAction | null {
  if (facts.ventures === 0) {
    return {
      kind: "venture",
      sentence: "There is no venture yet.",
      button: { label: "Add a venture", href: "/ventures" },
      why: "Every job belongs to a venture.",
    };
  }
  if (facts.jobs === 0) {
    return {
      kind: "submit",
      sentence: "No job was ever submitted.",
      button: { label: "Submit a job", href: "/jobs" },
      why: "Everything is ready for the first one.",
    };
  }
  return null;
}

function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
}
