import { z } from "zod";

const planSchema = z.object({
  type: z.string(),
  type_version: z.number(),
  venture: z.string(),
  payload: z.unknown(),
  refs: z.unknown(),
  ceiling_microusd: z.number(),
  effect_kinds: z.array(z.string()),
  secrets: z.array(z.string()),
});
export type PlanBody = z.output<typeof planSchema>;

/** Reads a plan's canonical JSON; null when it is not one. */
export function parsePlan(body: string | null | undefined): PlanBody | null {
  if (!body) return null;
  try {
    return planSchema.parse(JSON.parse(body));
  } catch {
    return null;
  }
}

export interface Difference {
  path: string;
  before: string;
  after: string;
}

/** What differs between two plans, one line for each field that does. */
export function planDiff(before: PlanBody, after: PlanBody): Difference[] {
  const old = flatten(before);
  const now = flatten(after);
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  return paths
    .filter((path) => old.get(path) !== now.get(path))
    .map((path) => ({ path, before: old.get(path) ?? "absent", after: now.get(path) ?? "absent" }));
}

/** Each leaf by its path, as text. */
function flatten(value: unknown, path = "", into = new Map<string, string>()): Map<string, string> {
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0 && path) into.set(path, Array.isArray(value) ? "none" : "empty");
    for (const [key, inner] of entries) flatten(inner, path ? `${path}.${key}` : key, into);
  } else if (path) into.set(path, typeof value === "string" ? value : JSON.stringify(value));
  return into;
}

const WORDS: Readonly<Record<string, string>> = {
  deploy: "deploys",
  push: "pushes",
  spend: "spends money",
  contact: "contacts people",
  publish: "publishes",
  other: "acts outside",
};

/** What the plan may do outside, in words; empty when it does nothing. */
export function effectsInWords(kinds: readonly string[]): string {
  return kinds.map((kind) => WORDS[kind] ?? kind).join(", ");
}
