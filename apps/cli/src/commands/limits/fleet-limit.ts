import { HoldpointError } from "@holdpoint/policy";

interface FleetLimit {
  max_workers?: number;
  venture_concurrency?: number;
  venture_first_starts_per_hour?: number;
}

/** Reads `workers 5`, `new-ventures 5`, `new-ventures 20/1h`; null: the target is none of the fleet's. */
export function fleetLimitOf(target: string, value: string): FleetLimit | null {
  if (target !== "workers" && target !== "new-ventures") return null;
  const [, count = "", hour] = /^([1-9]\d{0,8})(\/1?h)?$/.exec(value) ?? [];
  if (count !== "" && target === "new-ventures") {
    return hour === undefined
      ? { venture_concurrency: Number(count) }
      : { venture_first_starts_per_hour: Number(count) };
  }
  if (count !== "" && hour === undefined) return { max_workers: Number(count) };
  throw new HoldpointError("invalid", "bad_limit", `"${value}" is not a limit of ${target}.`, {
    field: "limit",
    remedy:
      target === "workers"
        ? "Write a number from 1: so many worker processes work."
        : "Write 5 (concurrent runs) or 20/1h (first starts an hour).",
  });
}
