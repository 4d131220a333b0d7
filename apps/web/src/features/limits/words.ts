import type { Limit } from "@holdpoint/db/people";
import { formatDuration } from "@holdpoint/policy";

const KINDS = { concurrency: "concurrent runs", first_starts: "first starts an hour", rate: "starts" } as const;

/** "Concurrent runs of type build". */
export function limitWords({ scope, key, kind }: Pick<Limit, "scope" | "key" | "kind">): string {
  const words = `${KINDS[kind]} of ${scope} ${key}`;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "100 in 1 m" of a rate, else the number. */
export function amountWords({ max, per_ms: per }: { max: number | null; per_ms: number | null }): string {
  return per === null ? `${max}` : `${max} in ${formatDuration(per)}`;
}
