import { sha256 } from "./hashes.ts";
import { amountOf, isAdmission, textOf } from "./pack-events.ts";
import type { PackEvent } from "./pack-events.ts";
import type { ProofPack } from "./pack-shape.ts";

/** What people and runs said to each other. */
export type TalkSection = "waits" | "signals" | "comments" | "links";
type Talk = Record<TalkSection, unknown[]>;

interface WaitFact {
  call: string;
  version: number;
  kind: string | null;
  /** Of an approval: the hash that a decision names. */
  request: string | null;
  asked_at: number;
  answer: string | null;
  answered_at: number | null;
}

interface SignalFact {
  no: number;
  id: string | null;
  name: string | null;
  sha256: string | null;
  by: string;
  at: number;
  taken_by: string | null;
  taken_version: number | null;
  taken_at: number | null;
}

/** The facts that the events bind, in the shape that `packTalk` gives of the pack's sections. */
export function eventTalk(events: readonly PackEvent[]): Talk {
  const { waits, signals } = told(events);
  return {
    waits: [...waits.values()],
    signals: [...signals.values()],
    comments: events.filter((event) => event.type === "comment").map(commentOf),
    links: events.flatMap(linksOf),
  };
}

/** The same of what the pack lists; the events are asked only for the plan that a request was part of. */
export function packTalk(pack: ProofPack, events: readonly PackEvent[]): Talk {
  const { plans } = told(events);
  return {
    waits: pack.waits.map((wait) => ({ ...wait, request: requestHash(wait, plans.get(keyOf(wait)) ?? "") })),
    signals: pack.signals.map(({ data, ...signal }) => ({ ...signal, sha256: sha256(data).toString("hex") })),
    comments: pack.comments.map(({ text, ...comment }) => ({ ...comment, sha256: sha256(text).toString("hex") })),
    links: pack.links,
  };
}

function requestHash({ version, call, request }: ProofPack["waits"][number], plan: string): string | null {
  if (request === null) return null;
  const asked = sha256(`${version}/${call}/${request}`);
  return sha256(Buffer.concat([Buffer.from(plan, "hex"), asked])).toString("hex");
}

const keyOf = ({ version, call }: { version: number; call: string }): string => `${version} ${call}`;

const told = (events: readonly PackEvent[]): Mailbox => {
  const mailbox = new Mailbox();
  for (const event of events) mailbox.take(event);
  return mailbox;
};

/** What a job waits for and what was sent to it: the rules of docs/waits.md, said once more without the database. */
class Mailbox {
  readonly waits = new Map<string, WaitFact>();
  readonly signals = new Map<number, SignalFact>();
  /** The plan in force when a call was asked. */
  readonly plans = new Map<string, string>();
  /** Which call a decision answered. */
  readonly #answered = new Map<string | null, WaitFact>();
  #plan = "";

  take(event: PackEvent): void {
    const open = [...this.waits.values()].find((wait) => wait.answer === null);
    if (isAdmission(event)) this.#plan = textOf(event, "plan") ?? "";
    else if (event.type === "signal") this.#send(event);
    else if (event.type === "wait.asked") this.#ask(event);
    else if (event.type === "wait.answered") this.#answer(open, textOf(event, "answer"), event);
    else if (event.type === "request.expired") this.#answer(open, "expired", event);
    else if (event.type === "decision.undone" || event.type === "decision.withdrawn") this.#undo(event);
    else if (open && textOf(event, "call") === open.call) this.#decide(open, event);
  }

  #ask(event: PackEvent): void {
    const asked = {
      call: textOf(event, "call") ?? "",
      version: amountOf(event, "version"),
      kind: textOf(event, "kind"),
      request: textOf(event, "request"),
      asked_at: event.at,
      answer: null,
      answered_at: null,
    };
    // Whoever asks something else closes what was open; another type version asks for all signals again.
    for (const wait of this.waits.values()) if (wait.answer === null) close(wait, "void", event);
    for (const signal of this.signals.values())
      if (signal.taken_version !== null && signal.taken_version < asked.version)
        Object.assign(signal, { taken_by: null, taken_version: null, taken_at: null });
    this.waits.set(keyOf(asked), asked);
    this.plans.set(keyOf(asked), this.#plan);
  }

  #send(event: PackEvent): void {
    const no = amountOf(event, "no");
    const [id, name, hash] = [textOf(event, "id"), textOf(event, "name"), textOf(event, "sha256")];
    const untaken = { taken_by: null, taken_version: null, taken_at: null };
    this.signals.set(no, { no, id, name, sha256: hash, by: event.actor.id, at: event.at, ...untaken });
  }

  #answer(open: WaitFact | undefined, answer: string | null, event: PackEvent): void {
    if (!open) return;
    close(open, answer, event);
    const signal = this.signals.get(amountOf(event, "no"));
    if (signal) Object.assign(signal, { taken_by: open.call, taken_version: open.version, taken_at: event.at });
  }

  #decide(open: WaitFact, event: PackEvent): void {
    const verb = textOf(event, "verb");
    if (verb !== null) {
      close(open, verb === "approve" ? "approved" : "rejected", event);
      this.#answered.set(textOf(event, "decision"), open);
    } else if (event.type === "expired" && event.run === null) {
      close(open, "expired", event);
    }
  }

  #undo(event: PackEvent): void {
    const wait = this.#answered.get(textOf(event, "undoes"));
    if (wait) Object.assign(wait, { answer: null, answered_at: null });
  }
}

function close(wait: WaitFact, answer: string | null, event: PackEvent): void {
  wait.answer = answer;
  wait.answered_at = event.at;
}

function commentOf(event: PackEvent): unknown {
  return { id: textOf(event, "comment"), by: event.actor.id, at: event.at, sha256: textOf(event, "sha256") };
}

const MADE: Readonly<Record<string, string>> = { replayed: "replay", resubmitted: "edit" };

function linksOf(event: PackEvent): unknown[] {
  const by = event.actor.id;
  if (event.type === "linked") return [{ job: event.stream, of: textOf(event, "of"), kind: textOf(event, "kind"), by }];
  const kind = MADE[event.type];
  return kind === undefined ? [] : [{ job: textOf(event, "job"), of: event.stream, kind, by }];
}
