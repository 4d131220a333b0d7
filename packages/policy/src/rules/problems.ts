import type { z } from "zod";
import { nearestName } from "../nearest.ts";
import { POLICY_KEYS } from "./document.ts";

/** What is wrong with a policy, and where. */
export interface PolicyProblem {
  readonly path: readonly PropertyKey[];
  /** The key at the path's end is at fault, not its value. */
  readonly atKey: boolean;
  readonly message: string;
}

/** Notes that what stands at the path can't be meant. */
export type AddProblem = (path: readonly PropertyKey[], message: string) => void;

/** Every problem that parsing found, with the nearest valid name for one that is not known. */
export function problemsOfParse(error: z.ZodError, input: unknown): PolicyProblem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, [], input));
}

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, above: readonly PropertyKey[], input: unknown): PolicyProblem[] {
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const known = POLICY_KEYS[placeOf(path)] ?? [];
    return issue.keys.map((key) => ({ path: [...path, key], atKey: true, message: unknownName(key, known, "key") }));
  }
  const given = valueAt(input, path);
  if (issue.code === "invalid_union") {
    // One value or a list: what was given tells which of the two was meant.
    const branch = issue.errors[Array.isArray(given) ? 1 : 0] ?? [];
    if (branch.length > 0) return branch.flatMap((inner) => problemsOf(inner, path, input));
  }
  if (issue.code === "invalid_key") {
    return [{ path, atKey: true, message: issue.issues[0]?.message ?? issue.message }];
  }
  if (issue.code === "invalid_value" && typeof given === "string" && issue.message.startsWith("Invalid")) {
    return [{ path, atKey: false, message: unknownName(given, issue.values.map(String), "value") }];
  }
  if (given === undefined && path.length > 0) {
    return [{ path: path.slice(0, -1), atKey: false, message: `"${String(path.at(-1))}" is missing` }];
  }
  return [{ path, atKey: false, message: issue.message }];
}

/** "helth is not a known key; did you mean health?" */
export function unknownName(given: string, known: readonly string[], what: string): string {
  const near = nearestName(given, known);
  const hint = near === null ? `known: ${known.join(", ") || "none"}` : `did you mean "${near}"?`;
  return `"${given}" is not a known ${what}; ${hint}`;
}

function placeOf(path: readonly PropertyKey[]): string {
  const last = path.at(-1);
  if (last === undefined) return "";
  if (typeof last === "number") return path.at(-2) === "recovery" ? "plan" : "rule";
  return String(last);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
