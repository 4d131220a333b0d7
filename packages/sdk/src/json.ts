import { BugError } from "./errors.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A sum of micro-dollars. Throws BugError for what is no amount. */
export function addCost(sum: number, microusd: number): number {
  if (!(Number.isSafeInteger(microusd) && microusd >= 0 && Number.isSafeInteger(sum + microusd))) {
    throw new BugError(`What a run spent is whole micro-dollars from 0, got ${microusd}.`);
  }
  return sum + microusd;
}

/**
 * The value as the JSON that will be stored, exactly as a later run reads it back. `undefined` becomes null at the top
 * and is left out inside objects. Throws BugError, naming the path, for what JSON would lose or change silently
 * (dates, maps, class instances, functions, NaN, bigint, cycles).
 */
export function jsonOf(value: unknown, what: string): Json {
  return value === undefined ? null : convert(value, what, "", []);
}

function convert(value: unknown, what: string, path: string, above: object[]): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") throw refuse(value, what, path);
  if (above.includes(value)) throw new BugError(`${what}${at(path)} contains itself; keep plain JSON.`);
  const inside = [...above, value];
  if (Array.isArray(value)) {
    return value.map((item: unknown, i) => (item === undefined ? null : convert(item, what, `${path}[${i}]`, inside)));
  }
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== null) throw refuse(value, what, path);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]): [string, Json] => [key, convert(item, what, `${path}.${key}`, inside)]);
  return Object.fromEntries(entries);
}

function refuse(value: unknown, what: string, path: string): BugError {
  const kind = typeof value === "object" && value !== null ? (value.constructor?.name ?? "object") : typeof value;
  return new BugError(`${what}${at(path)} is a ${kind === "number" ? String(value) : kind}; keep plain JSON.`);
}

function at(path: string): string {
  return path === "" ? "" : ` at ${path.replace(/^\./, "")}`;
}
