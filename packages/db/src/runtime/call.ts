import type { Queryable } from "../pool.ts";

/** Who calls: every runtime function checks that the process with this id holds this random key (hex). */
export interface Caller {
  readonly id: string;
  readonly key: string;
}

export type Row = Record<string, unknown>;

/** Values from the database's jsonb, or to be written there. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * Runs one prepared statement; it is named after the function, so each connection plans it once. Errors are pg's
 * own: the hot callers look at the SQLSTATE.
 */
export async function rows<T extends Row>(db: Queryable, name: string, text: string, values: unknown[]): Promise<T[]> {
  return (await db.query<T>({ name: `holdpoint.${name}`, text, values })).rows;
}

/** The single value of a function that returns a scalar. */
export async function scalar<T>(db: Queryable, name: string, text: string, values: unknown[]): Promise<T> {
  const found = await rows<{ value: T }>(db, name, text, values);
  const [row] = found;
  if (row === undefined) throw new Error(`${name} answered no row`);
  return row.value;
}

/** An array literal of values that need no quoting: uuids, numbers, booleans. Cheaper than pg's own. */
export function plainArray(values: readonly (string | number | boolean | null)[]): string {
  let text = "{";
  for (let i = 0; i < values.length; i++) text += (i === 0 ? "" : ",") + (values[i] ?? "NULL");
  return `${text}}`;
}

/** The elements of a jsonb[] argument; undefined and null become SQL null. NUL, which jsonb refuses, is replaced. */
export function jsonArray(values: readonly unknown[]): (string | null)[] {
  return values.map((value) => (value === undefined || value === null ? null : json(value)));
}

/** One jsonb argument as text. */
export function json(value: unknown): string {
  return (JSON.stringify(value) ?? "null").replaceAll("\\u0000", "\\ufffd");
}

/** Text that PostgreSQL takes: without NUL and lone surrogates. */
export function cleanText(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}
