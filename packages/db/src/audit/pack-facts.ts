import { sha256 } from "./hashes.ts";
import { amountOf, endsRun, textOf, textsOf } from "./pack-events.ts";
import type { PackEvent } from "./pack-events.ts";
import { eventTalk, packTalk } from "./pack-talk.ts";
import type { TalkSection } from "./pack-talk.ts";
import type { ProofPack } from "./pack-shape.ts";

/** What the events say that a section of the pack must hold; compared as sets of canonical JSON. */
export type Section = "decisions" | "runs" | "steps" | "effects" | "evidence" | "artifacts" | TalkSection;
type Facts = Record<Section, unknown[]>;

const VERBS: Readonly<Record<string, string>> = {
  "decision.approved": "approve",
  "decision.first_of_two": "approve",
  "decision.rejected": "reject",
  "decision.released": "release",
  "decision.discarded": "discard",
  "decision.undone": "undo",
  "decision.withdrawn": "undo",
};

/** The facts that the events bind, in the shape that `packFacts` gives of the pack's sections. */
export function eventFacts(events: readonly PackEvent[]): Facts {
  return {
    decisions: events.filter(isDecision).map(decisionOf),
    runs: events.filter((event) => event.type === "running").map((event) => runOf(event, events)),
    steps: stepsOf(events),
    effects: effectsOf(events),
    evidence: events.filter((event) => event.type === "evidence").flatMap(evidenceOf),
    artifacts: artifactsOf(events),
    ...eventTalk(events),
  };
}

/** The same of what the pack lists; what the events hold by hash is hashed. */
export function packFacts(pack: ProofPack, events: readonly PackEvent[]): Facts {
  return {
    decisions: pack.decisions.map((decision) => ({ ...decision, form: formHash(decision) })),
    runs: pack.runs,
    steps: pack.steps,
    effects: pack.effects.map((effect) => ({ ...effect, receipt: sha256(effect.receipt).toString("hex") })),
    evidence: pack.evidence.map(({ run, content }) => ({ run, sha256: sha256(content).toString("hex") })),
    artifacts: pack.artifacts,
    ...packTalk(pack, events),
  };
}

function formHash({ plan, form }: ProofPack["decisions"][number]): string | null {
  if (form === null) return null;
  return sha256(Buffer.concat([Buffer.from(plan ?? "", "hex"), sha256(form)])).toString("hex");
}

/** A person's answer, under whatever name, or the use of one that stands: it says which row of the decisions it is. */
export function isDecision(event: PackEvent): boolean {
  return ["operator", "standing"].includes(event.actor.kind) && textOf(event, "decision") !== null;
}

function decisionOf(event: PackEvent): unknown {
  return {
    id: textOf(event, "decision"),
    verb: textOf(event, "verb") ?? VERBS[event.type] ?? event.type,
    by: event.actor.kind === "standing" ? textOf(event, "by") : event.actor.id,
    at: event.at,
    reason: textOf(event, "reason"),
    plan: textOf(event, "plan"),
    form: textOf(event, "form"),
  };
}

function runOf(event: PackEvent, events: readonly PackEvent[]): unknown {
  const end = events.find((one) => one.run === event.run && one.seq > event.seq && endsRun(one));
  const log = end?.data["log"];
  const [bytes, hash]: unknown[] = Array.isArray(log) ? log : [];
  return {
    run: event.run,
    token: String(event.data["token"]),
    worker: event.actor.id,
    ended_at: end?.at ?? null,
    outcome: end ? textOf(end, "outcome") : null,
    log_bytes: typeof bytes === "number" ? bytes : 0,
    log_sha256: typeof hash === "string" && hash !== "" ? hash : null,
  };
}

/** The first result of a name stays. */
function stepsOf(events: readonly PackEvent[]): unknown[] {
  const steps = new Map<string, unknown>();
  for (const event of events) {
    if (event.type !== "step") continue;
    const hashes = textsOf(event, "sha256");
    for (const [index, name] of textsOf(event, "names").entries()) {
      if (!steps.has(name)) steps.set(name, { name, run: event.run, sha256: hashes[index] });
    }
  }
  return [...steps.values()];
}

/** The last of a name in a run stays. */
function artifactsOf(events: readonly PackEvent[]): unknown[] {
  const artifacts = new Map<string, unknown>();
  for (const event of events) {
    if (event.type !== "artifact") continue;
    const { name, bytes, sha256: hash } = event.data;
    artifacts.set(JSON.stringify([event.run, name]), { run: event.run, name, bytes, sha256: hash });
  }
  return [...artifacts.values()];
}

function evidenceOf(event: PackEvent): unknown[] {
  return textsOf(event, "sha256").map((hash) => ({ run: event.run, sha256: hash }));
}

const NO_RECEIPT = sha256("null").toString("hex");

interface EffectFact {
  key: string;
  kind: string | null;
  max_microusd: number;
  outcome: string | null;
  cost_microusd: number;
  receipt: string | null;
}

function effectsOf(events: readonly PackEvent[]): unknown[] {
  const effects = new Map<string, EffectFact>();
  for (const event of events) {
    const key = event.type.startsWith("effect.") ? textOf(event, "key") : null;
    if (key === null) continue;
    const before = effects.get(key);
    const next = before ? afterEvent(before, event) : intentOf(key, event);
    if (next) effects.set(key, next);
  }
  return [...effects.values()];
}

function intentOf(key: string, event: PackEvent): EffectFact | null {
  if (event.type !== "effect.intent" && event.type !== "effect.dry_run") return null;
  return {
    key,
    kind: textOf(event, "kind"),
    max_microusd: amountOf(event, "max_microusd"),
    outcome: event.type === "effect.dry_run" ? "not_done" : null,
    cost_microusd: 0,
    receipt: NO_RECEIPT,
  };
}

function afterEvent(effect: EffectFact, event: PackEvent): EffectFact | null {
  const cost = amountOf(event, "cost_microusd");
  switch (event.type) {
    case "effect.intent":
      // A repeat of an open intent changes nothing but its try.
      return effect.outcome === null ? effect : intentOf(effect.key, event);
    case "effect.done":
    case "effect.not_done": {
      const outcome = event.type === "effect.done" ? "done" : "not_done";
      return { ...effect, outcome, cost_microusd: cost, receipt: textOf(event, "receipt_sha256") };
    }
    case "effect.corrected": {
      const outcome = event.data["happened"] === true ? "done" : "not_done";
      return { ...effect, outcome, cost_microusd: cost, receipt: correctionReceipt(event) };
    }
    default:
      return effect;
  }
}

/** A correction leaves a receipt of its own, as the database writes jsonb. */
function correctionReceipt(event: PackEvent): string {
  const [reason, by] = [textOf(event, "reason"), event.actor.id].map((value) => JSON.stringify(value));
  return sha256(`{"reason": ${reason}, "corrected_by": ${by}}`).toString("hex");
}
