import { limitScopes, type Limit } from "@holdpoint/db/people";
import { HoldpointError, parseDuration } from "@holdpoint/policy";
import { oneOf } from "../../core/unknown-name.ts";

/** Of the fleet itself: see `fleetLimitOf`. */
const FLEET_TARGETS = ["workers", "new-ventures"] as const;

type Target = Pick<Limit, "scope" | "key" | "kind"> & { max: number | null; per_ms?: number };

const SHAPES = {
  venture: "Write 5 (concurrent runs), 20/1h (first starts an hour), none or none/1h (no such limit).",
  type: "Write 5 (concurrent runs) or none (no such limit).",
  provider: "Write 100/1m (starts in a period) or none (no such limit).",
} as const;

/** Reads `venture:acme 5`, `venture:acme 20/1h`, `type:build 2`, `type:build none`, `provider:github 100/1m`. */
export function limitOf(target: string, value: string): Target {
  const [scopeName = "", ...rest] = target.split(":");
  const scope = oneOf("scope", "target", scopeName, [...limitScopes, ...FLEET_TARGETS]);
  if (scope === "workers" || scope === "new-ventures") {
    throw new HoldpointError("invalid", "bad_target", `"${target}" names something: ${scope} stands alone.`, {
      field: "target",
      remedy: `Write ${scope}.`,
    });
  }
  const key = rest.join(":");
  if (key === "") {
    throw new HoldpointError("invalid", "bad_target", `"${target}" does not say which ${scope}.`, {
      field: "target",
      remedy: `Write ${scope}:NAME.`,
    });
  }
  const [, amount = "", period] = /^(\d{1,9}|none)(?:\/(\w+))?$/.exec(value) ?? [];
  const max = amount === "none" ? null : Number(amount);
  const per_ms = period === undefined ? null : parseDuration(/^\d/.test(period) ? period : `1${period}`, "limit");
  if (amount !== "") {
    if (scope === "provider" && max === null && per_ms === null) return { scope, key, kind: "rate", max };
    if (scope === "provider" && max !== null && per_ms !== null) return { scope, key, kind: "rate", max, per_ms };
    if (scope !== "provider" && per_ms === null) return { scope, key, kind: "concurrency", max };
    if (scope === "venture" && per_ms === 3_600_000) return { scope, key, kind: "first_starts", max };
  }
  throw new HoldpointError("invalid", "bad_limit", `"${value}" is not a limit of a ${scope}.`, {
    field: "limit",
    remedy: SHAPES[scope],
  });
}
