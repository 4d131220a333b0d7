import type { Block, Job } from "@holdpoint/db/people";
import { person } from "../../ui/format.ts";

/** A block in words: why a line of work does not start. */
export function blockWords(block: Pick<Block, "kind" | "scope" | "key">): string {
  const what = block.key ? `${block.scope} ${block.key}` : block.scope;
  switch (block.kind) {
    case "stop":
      return `stopped: ${what}`;
    case "pause":
      return `paused: ${what}`;
    case "drain":
      return `drained: ${what}`;
    case "concurrency":
      return block.scope === "type"
        ? `limit of running jobs of type ${block.key}`
        : `limit of running jobs in ${block.key}`;
    case "concurrency_key":
      return `another job with the key ${block.scope}${block.key ? `:${block.key}` : ""}`;
    case "rate":
      return `limit of starts with the provider ${block.key}`;
    case "paused_by_provider":
      return `the provider ${block.key} asked for a pause`;
    case "provider_down":
      return `the provider ${block.key} is down`;
    case "first_starts":
      return `limit of starts an hour in ${block.key}`;
    case "cap":
      return `spending cap of ${what}`;
    case "no_worker":
      return `no live worker knows ${block.key}`;
    default:
      return `${block.kind} of ${what}`;
  }
}

/** `blocked_by` of a job (kind:scope[:key]) in words. */
export function blockedByWords(blockedBy: string): string {
  const [kind = "", scope = "", ...key] = blockedBy.split(":");
  return blockWords({ kind, scope, key: key.join(":") });
}

/** What a queued job waits for by itself, in words; null: nothing. */
export function waitsForWords(waitsFor: string | null): string | null {
  if (waitsFor === null) return null;
  if (waitsFor === "sleep") return "sleeps";
  if (waitsFor.startsWith("concurrency_key:")) return `waits for ${blockedByWords(waitsFor)}`;
  return waitsFor.startsWith("signal:") ? `waits for the signal ${waitsFor.slice("signal:".length)}` : waitsFor;
}

/** Who asked: a person by name, anything else by its kind and id. */
export function askedBy({ kind, id }: Job["submitted_by"]): string {
  return kind === "operator" ? person(id) : `${kind} ${id.length > 24 ? id.slice(0, 8) : id}`;
}

/** A reason that the machine wrote in snake_case, as words. */
export function reasonWords(reason: string): string {
  return /^[a-z]+(_[a-z]+)+$/.test(reason) ? reason.replaceAll("_", " ") : reason;
}
