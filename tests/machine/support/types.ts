import type { TypeAnnouncement } from "@holdpoint/db/runtime";

function type(name: string, changes: Partial<TypeAnnouncement>): TypeAnnouncement {
  return {
    name,
    version: 1,
    payload_schema: { type: "object" },
    size: "small",
    queue: null,
    estimate_microusd: 0,
    ceiling_microusd: 0,
    timeout_ms: 60_000,
    lease_ms: null,
    effect_kinds: [],
    approval: false,
    code_hash: "0".repeat(64),
    description: `test type ${name}`,
    ...changes,
  };
}

/** Job types whose failures lead to different places. */
export const TYPES = {
  /** Three retries by itself, then dead. */
  plain: type("plain", {}),
  /** One retry that a person releases, then dead. */
  large: type("large", { size: "large" }),
  /** Three retries, then quarantined: nobody knows what it did outside. */
  effectful: type("effectful", { effect_kinds: ["other"] }),
  /** May cost up to five dollars, and spends as an effect. */
  paid: type("paid", { estimate_microusd: 1_000_000, ceiling_microusd: 5_000_000, effect_kinds: ["spend"] }),
} as const;
export type TypeName = keyof typeof TYPES;
export const TYPE_NAMES = ["plain", "large", "effectful"] as const satisfies readonly TypeName[];
