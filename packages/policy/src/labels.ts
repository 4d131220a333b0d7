/** The sixteen labels. A label is a function of evidence and time; nothing writes one by hand. */
export const LABELS = [
  "LIVE",
  "VERIFIED",
  "FAILING",
  "STALE",
  "NOT VERIFIED",
  "MISSING CONFIG",
  "NOT RUNNING",
  "READINESS ONLY",
  "DISABLED",
  "APPROVAL REQUIRED",
  "QUARANTINED",
  "PAUSED",
  "STOPPED",
  "NOT ISOLATED",
  "DEMO",
  "PLANNED",
] as const;
export type Label = (typeof LABELS)[number];

export interface LabelMeaning {
  readonly meaning: string;
  readonly raisedBy: string;
}

export const LABEL_MEANINGS: Readonly<Record<Label, LabelMeaning>> = {
  LIVE: {
    meaning: "Fresh evidence shows it working right now.",
    raisedBy: "Nothing: it is as good as it gets, while evidence keeps coming.",
  },
  VERIFIED: {
    meaning: "It was checked, the check passed, and the result is still fresh.",
    raisedBy: "Evidence that it is working at this moment.",
  },
  FAILING: { meaning: "A fresh check found it broken.", raisedBy: "The next check that passes." },
  STALE: { meaning: "The last evidence has run out; it may have changed since.", raisedBy: "The next check." },
  "NOT VERIFIED": { meaning: "Nothing has checked it yet.", raisedBy: "The first check." },
  "MISSING CONFIG": {
    meaning: "It can't work until something named is configured.",
    raisedBy: "Setting what is named, then a check.",
  },
  "NOT RUNNING": {
    meaning: "No process that would do this is running.",
    raisedBy: "Starting a worker that serves it.",
  },
  "READINESS ONLY": {
    meaning: "It is configured, but nothing has shown it at work.",
    raisedBy: "The first heartbeat or check.",
  },
  DISABLED: { meaning: "Someone turned it off.", raisedBy: "Turning it on." },
  "APPROVAL REQUIRED": { meaning: "It waits for a person's decision.", raisedBy: "An approval." },
  QUARANTINED: {
    meaning: "It is isolated because it looked unsafe or its outcome is unknown.",
    raisedBy: "A person releases or discards it.",
  },
  PAUSED: { meaning: "Someone paused it; what runs goes on, nothing new starts.", raisedBy: "Resuming it." },
  STOPPED: {
    meaning: "A stop is in force: nothing starts and what ran was aborted.",
    raisedBy: "An admin lifts the stop.",
  },
  "NOT ISOLATED": {
    meaning: "Commands would run without a sandbox.",
    raisedBy: "Installing a sandbox that the worker can use.",
  },
  DEMO: { meaning: "Sample data: left out of every count, cap and report.", raisedBy: "Nothing: it is not real." },
  PLANNED: { meaning: "It does not exist yet.", raisedBy: "Building it." },
};

/** One observation: what was seen, by whom, when, and until when it counts. Times are milliseconds since 1970. */
export interface Evidence {
  readonly subject: string;
  readonly kind: string;
  readonly ok: boolean;
  readonly finding: string;
  readonly source: string;
  readonly seenAt: number;
  readonly staleAt: number;
}

export type EvidenceLabel = Extract<Label, "LIVE" | "VERIFIED" | "FAILING" | "STALE" | "NOT VERIFIED">;

export interface Labeled<L extends Label = Label> {
  readonly label: L;
  /** One sentence: the observation that decided. */
  readonly because: string;
  readonly raisedBy: string;
  /** Age of the evidence that decided, in milliseconds; null without any. */
  readonly ageMs: number | null;
  /** When the label falls by itself; null when time alone doesn't change it. */
  readonly fallsAt: number | null;
  /** The evidence that was looked at: the latest of each subject and kind, what decided first. */
  readonly evidence: readonly Evidence[];
}

/** Kinds that show a thing at work at that moment, not merely well set up. */
export const LIVE_KINDS: readonly string[] = ["http", "heartbeat", "progress"];

/**
 * The label that a set of observations gives at `now`. Only the latest of each subject and kind counts. One fresh
 * failure makes FAILING, one that ran out makes STALE, none at all NOT VERIFIED: absence never gives LIVE or VERIFIED,
 * and with the same evidence a later `now` never gives a better label.
 */
export function label(evidence: readonly Evidence[], now: number): Labeled<EvidenceLabel> {
  const latest = latestOfEach(evidence);
  if (latest.length === 0) {
    return answer("NOT VERIFIED", "No evidence.", null, null, []);
  }
  const fresh = latest.filter((item) => now < item.staleAt);
  const failing = fresh.find((item) => !item.ok);
  if (failing) return decided("FAILING", failing, latest, now);
  const stale = oldest(latest.filter((item) => now >= item.staleAt));
  if (stale) {
    const how = stale.ok ? "" : " It was failing when last seen.";
    return { ...decided("STALE", stale, latest, now), because: `${stale.finding}${how}`, fallsAt: null };
  }
  const live = fresh.find((item) => LIVE_KINDS.includes(item.kind));
  const weakest = latest.reduce((a, b) => (b.staleAt < a.staleAt ? b : a));
  const verdict = decided(live ? "LIVE" : "VERIFIED", live ?? weakest, latest, now);
  return { ...verdict, fallsAt: weakest.staleAt };
}

function decided(name: EvidenceLabel, by: Evidence, all: readonly Evidence[], now: number): Labeled<EvidenceLabel> {
  const rest = all.filter((item) => item !== by);
  return answer(name, by.finding, Math.max(0, now - by.seenAt), by.staleAt, [by, ...rest]);
}

function answer(
  name: EvidenceLabel,
  because: string,
  ageMs: number | null,
  fallsAt: number | null,
  evidence: readonly Evidence[],
): Labeled<EvidenceLabel> {
  return { label: name, because, raisedBy: LABEL_MEANINGS[name].raisedBy, ageMs, fallsAt, evidence };
}

function latestOfEach(evidence: readonly Evidence[]): Evidence[] {
  const byKind = new Map<string, Evidence>();
  for (const item of evidence) {
    const key = JSON.stringify([item.subject, item.kind]);
    const seen = byKind.get(key);
    if (!seen || counts(item, seen)) byKind.set(key, item);
  }
  return [...byKind.values()];
}

/**
 * Whether the one counts rather than the other: the later; of two seen in the same instant the failure, of two failures
 * the one that lasts longer, of two successes the one that runs out first.
 */
function counts(one: Evidence, other: Evidence): boolean {
  if (one.seenAt !== other.seenAt) return one.seenAt > other.seenAt;
  if (one.ok !== other.ok) return !one.ok;
  return one.ok ? one.staleAt < other.staleAt : one.staleAt > other.staleAt;
}

function oldest(items: readonly Evidence[]): Evidence | undefined {
  return items.length === 0 ? undefined : items.reduce((a, b) => (b.staleAt < a.staleAt ? b : a));
}
