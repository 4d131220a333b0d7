import { hash } from "node:crypto";
import canonicalize from "canonicalize";

/** What an approval is for: everything that decides what a run will do, and nothing else. */
export interface Plan {
  type: string;
  type_version: number;
  venture: string;
  payload: unknown;
  refs: unknown;
  ceiling_microusd: number;
  effect_kinds: readonly string[];
  secrets: readonly string[];
}

export interface CanonicalPlan {
  /** RFC 8785 JSON. */
  body: string;
  /** sha256 of the body's UTF-8 bytes. */
  hash: Buffer;
}

/** The canonical JSON of a plan and its hash: equal plans give equal bytes, whatever the order of their keys. */
export function canonicalPlan(plan: Plan): CanonicalPlan {
  const body = canonicalize({
    ...plan,
    refs: plan.refs ?? null,
    effect_kinds: [...plan.effect_kinds].sort(),
    secrets: [...plan.secrets].sort(),
  });
  if (body === undefined) throw new TypeError("a plan is JSON");
  return { body, hash: hash("sha256", body, "buffer") };
}
