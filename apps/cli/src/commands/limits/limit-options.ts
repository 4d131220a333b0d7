import { limitScopes, type Limit } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { oneOf } from "../../core/unknown-name.ts";

type Target = Pick<Limit, "scope" | "key" | "kind"> & { max: number | null };

/** Reads `venture:acme 5`, `venture:acme 20/1h`, `type:build 2`, `type:build none`. */
export function limitOf(target: string, value: string): Target {
  const [scopeName = "", ...rest] = target.split(":");
  const scope = oneOf("scope", "target", scopeName, limitScopes);
  const key = rest.join(":");
  if (key === "") {
    throw new HoldpointError("invalid", "bad_target", `"${target}" does not say which ${scope}.`, {
      field: "target",
      remedy: `Write ${scope}:NAME.`,
    });
  }
  const found = /^(\d{1,9}|none)(\/(?:1h|h|hour|60m))?$/.exec(value);
  if (found === null || (found[2] !== undefined && scope !== "venture")) {
    throw new HoldpointError("invalid", "bad_limit", `"${value}" is not a limit of a ${scope}.`, {
      field: "limit",
      remedy:
        scope === "venture"
          ? "Write 5 (concurrent runs), 20/1h (first starts an hour), none or none/1h (no such limit)."
          : "Write 5 (concurrent runs) or none (no such limit).",
    });
  }
  const max = found[1] === "none" ? null : Number(found[1]);
  return { scope, key, kind: found[2] === undefined ? "concurrency" : "first_starts", max };
}
