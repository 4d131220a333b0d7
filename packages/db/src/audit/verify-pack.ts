import canonicalize from "canonicalize";
import type { Anchors } from "./anchor-file.ts";
import { sealBreak, streamBreak } from "./break.ts";
import type { Break } from "./break.ts";
import { checkpointHash, firstHash, headBytes, leafHash, nextHash, rootOfPath, SEAL_START, sha256 } from "./hashes.ts";
import { eventFacts, isDecision, packFacts } from "./pack-facts.ts";
import type { Section } from "./pack-facts.ts";
import { eventLedger } from "./pack-ledger.ts";
import { readPack } from "./pack.ts";
import { isAdmission, readEvent, textOf } from "./pack-events.ts";
import type { PackEvent } from "./pack-events.ts";
import type { ProofPack } from "./pack-shape.ts";

export interface PackVerification {
  ok: boolean;
  /** Null: the file is no proof pack. */
  job: ProofPack["job"] | null;
  events: number;
  /** The checkpoint that covers the job, and up to which event. */
  checkpoint: { no: number; hash: string; seq: number; sealed_at: number } | null;
  /** An anchor outside confirms the checkpoint. */
  anchored: boolean;
  unchecked: string[];
  breaks: Break[];
}

/** Checks a proof pack by itself, without any database; with anchors also that its checkpoint is the one outside. */
export function verifyPack(text: string, anchors: Anchors | null): PackVerification {
  const pack = readPack(text);
  if (typeof pack === "string") {
    const broken = sealBreak("pack_damaged", null, "a proof pack as it was made", pack);
    return { ok: false, job: null, events: 0, checkpoint: null, anchored: false, unchecked: [], breaks: [broken] };
  }
  const events = pack.events.map((event) => readEvent(event.body));
  const readable = events.filter((event) => event !== null);
  const chain = checkChain(pack, events);
  const rest =
    chain.length > 0
      ? []
      : [...checkSubject(pack, readable), ...checkPlans(pack, readable), ...checkSections(pack, readable)];
  const { checkpoint } = pack;
  const anchor = checkpoint && anchors?.anchors.find((one) => one.no === checkpoint.no);
  const breaks = [
    ...(anchors?.breaks ?? []),
    ...chain,
    ...rest,
    ...checkSeal(pack),
    ...checkAnchor(pack, anchor ?? null),
  ];
  return {
    ok: breaks.length === 0,
    job: pack.job,
    events: pack.events.length,
    checkpoint: checkpoint && {
      no: checkpoint.no,
      hash: checkpoint.hash,
      seq: checkpoint.seq,
      sealed_at: checkpoint.sealed_at,
    },
    anchored: anchor?.hash === checkpoint?.hash && checkpoint !== null,
    unchecked: unchecked(pack, anchors !== null, Boolean(anchor)),
    breaks,
  };
}

function checkChain(pack: ProofPack, events: readonly (PackEvent | null)[]): Break[] {
  const stream = pack.job.id;
  let head = firstHash(stream);
  for (const [index, { body, hash }] of pack.events.entries()) {
    const seq = index + 1;
    head = nextHash(head, body);
    const event = events[index];
    if (head.toString("hex") !== hash) return [streamBreak("event_changed", stream, seq, head.toString("hex"), hash)];
    if (event?.stream !== stream || event.seq !== seq) {
      const found = event ? `event ${event.seq} of ${event.stream}` : "no event";
      return [streamBreak("event_misfiled", stream, seq, `event ${seq} of ${stream}`, found)];
    }
  }
  return [];
}

/** The job is the one that its first event says. */
function checkSubject(pack: ProofPack, events: readonly PackEvent[]): Break[] {
  const [first] = events;
  const { id, type, venture } = pack.job;
  if (first?.type === "submitted" && textOf(first, "type") === type && textOf(first, "venture") === venture) return [];
  const expected = first ? `${first.type}: ${textOf(first, "type")} in ${textOf(first, "venture")}` : "an event";
  return [streamBreak("item_differs", id, 1, expected, `job: ${type} in ${venture}`)];
}

/** A plan's hash is that of its body; a decision is about the plan in force; what was held has its plan in the pack. */
function checkPlans(pack: ProofPack, events: readonly PackEvent[]): Break[] {
  const breaks: Break[] = [];
  const tell = (seq: number | null, expected: string, found: string) =>
    breaks.push(streamBreak("plan_differs", pack.job.id, seq, expected, found));
  const admitted = new Set(events.filter(isAdmission).map((event) => textOf(event, "plan")));
  const kept = new Set<string>();
  for (const plan of pack.plans) {
    const hash = sha256(plan.body).toString("hex");
    if (hash !== plan.hash) tell(null, hash, plan.hash);
    if (!admitted.has(plan.hash)) tell(null, "a plan that an admission names", plan.hash);
    if (kept.has(plan.hash)) tell(null, "each plan once", plan.hash);
    kept.add(plan.hash);
  }
  let inForce: string | null = null;
  for (const event of events) {
    if (isAdmission(event)) {
      inForce = textOf(event, "plan");
      if (event.type === "held" && !kept.has(inForce ?? "")) tell(event.seq, `the plan ${inForce}`, "none");
    }
    // What a run asked for is a plan of its own (call); an undo names none.
    const decided = isDecision(event) && !("call" in event.data) ? textOf(event, "plan") : null;
    if (decided !== null && decided !== inForce) tell(event.seq, `a decision on ${inForce}`, decided);
  }
  return breaks;
}

function checkSections(pack: ProofPack, events: readonly PackEvent[]): Break[] {
  const [wanted, listed] = [eventFacts(events), packFacts(pack, events)];
  const sections = Object.keys(wanted) as Section[];
  return [
    ...sections.flatMap((section) => compare(pack.job.id, section, wanted[section], listed[section])),
    ...compare(pack.job.id, "ledger", eventLedger(events), pack.ledger),
  ];
}

/** Each fact of the events is listed once, and nothing else is. */
function compare(stream: string, section: string, wanted: readonly unknown[], listed: readonly unknown[]): Break[] {
  const missing = wanted.map((fact) => canonicalize(fact) ?? "");
  const extra: string[] = [];
  for (const fact of listed) {
    const text = canonicalize(fact) ?? "";
    const at = missing.indexOf(text);
    if (at === -1) extra.push(text);
    else missing.splice(at, 1);
  }
  const pairs = Math.max(missing.length, extra.length);
  return Array.from({ length: pairs }, (_, i) =>
    streamBreak(
      "item_differs",
      stream,
      null,
      `${section}: ${missing[i] ?? "nothing more"}`,
      `${section}: ${extra[i] ?? "nothing"}`,
    ),
  );
}

/** The job's head at `seq` is a leaf of the checkpoint, and the checkpoint's hash is that of its content. */
function checkSeal({ job, events, checkpoint }: ProofPack): Break[] {
  if (checkpoint === null) return [];
  const { no, root, hash, before, seq, index, streams, path } = checkpoint;
  const head = events[seq - 1]?.hash;
  if (head === undefined)
    return [streamBreak("event_missing", job.id, seq, `event ${seq}, which is sealed`, "none", no)];
  const leaf = leafHash(headBytes(job.id, seq, Buffer.from(head, "hex")));
  const found = rootOfPath(
    leaf,
    index,
    streams,
    path.map((item) => Buffer.from(item, "hex")),
  );
  if (found?.toString("hex") !== root) {
    return [streamBreak("not_sealed", job.id, seq, root, found?.toString("hex") ?? "a path that does not fit", no)];
  }
  if ((before === null) !== (no === 1))
    return [sealBreak("checkpoint_changed", no, "the hash before it", String(before))];
  const wanted = checkpointHash(before === null ? SEAL_START : Buffer.from(before, "hex"), checkpoint).toString("hex");
  return wanted === hash ? [] : [sealBreak("checkpoint_changed", no, wanted, hash)];
}

function checkAnchor({ checkpoint }: ProofPack, anchor: { hash: string } | null): Break[] {
  if (checkpoint === null || anchor === null || anchor.hash === checkpoint.hash) return [];
  return [sealBreak("anchor_differs", checkpoint.no, anchor.hash, checkpoint.hash)];
}

function unchecked({ events, checkpoint }: ProofPack, given: boolean, found: boolean): string[] {
  if (checkpoint === null)
    return ["Whether this is the recorded history: no checkpoint covers the job yet. Ask again in some minutes."];
  const said: string[] = [];
  if (!given)
    said.push(
      "Whether the checkpoint is the one that was anchored outside: give --anchors FILE. Without it a whole pack could be made up.",
    );
  else if (!found)
    said.push(
      `Whether the checkpoint is the one that was anchored outside: the file has no checkpoint ${checkpoint.no}.`,
    );
  if (checkpoint.seq < events.length)
    said.push(`Events ${checkpoint.seq + 1} to ${events.length}: no checkpoint covers them yet.`);
  return said;
}
