import { randomUUID } from "node:crypto";
import type { Hint, Message } from "./transport.ts";

/** A message's content: hints as two parallel lists, or task ids, or a consumer's canary. */
export type Wire =
  | { readonly j: readonly string[]; readonly d: readonly number[] }
  | { readonly t: readonly string[] }
  | { readonly c: string };

/**
 * A fresh id. BullMQ silently swallows an id it has seen, and refuses ids with a colon or that look like an integer,
 * so each is a new uuid behind a letter.
 */
export function newMessageId(): string {
  return `m-${randomUUID()}`;
}

export function wireOfHints(hints: readonly Hint[]): Wire {
  return { j: hints.map((hint) => hint.jobId), d: hints.map((hint) => hint.dispatchNo) };
}

/** Reads what came over the wire; null for content that is not ours (it is reported and acknowledged). */
export function readMessage(
  id: string,
  data: unknown,
  receivedAt: number,
): Message | { readonly canary: string } | null {
  if (data === null || typeof data !== "object") return null;
  if ("c" in data && typeof data.c === "string") return { canary: data.c };
  if ("t" in data && isListOf(data.t, "string")) return { id, hints: [], tasks: data.t, receivedAt };
  if (!("j" in data && "d" in data && isListOf(data.j, "string") && isListOf(data.d, "number"))) return null;
  const { j, d } = data;
  if (j.length !== d.length) return null;
  return { id, hints: j.map((jobId, i) => ({ jobId, dispatchNo: d[i] ?? 0 })), tasks: [], receivedAt };
}

function isListOf(value: unknown, type: "string"): value is string[];
function isListOf(value: unknown, type: "number"): value is number[];
function isListOf(value: unknown, type: "string" | "number"): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
