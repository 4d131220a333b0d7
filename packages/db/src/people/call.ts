import { HoldpointError, firstProblem } from "@holdpoint/policy";
import type { z } from "zod";
import { toHoldpointError } from "../errors.ts";
import type { Database, Json } from "../database.types.ts";
import type { PeopleClient } from "./client.ts";

type Functions = Database["public"]["Functions"];

/** An optional argument may be null (SQL has one nothing), a jsonb one any object: its schema was zod's to check. */
type Given<Args> = {
  [Name in keyof Args]: Json extends Args[Name]
    ? object
    : undefined extends Args[Name]
      ? Args[Name] | null
      : Args[Name];
};

/** Parses what a caller gave; a misfit is an `invalid` error that names the field. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { field, message } = firstProblem(parsed.error);
  throw new HoldpointError("invalid", "bad_input", message, { field });
}

/** Parses what the database answered; a misfit means that client and database are of different versions. */
export function parseOutput<T extends z.ZodType>(schema: T, output: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(output);
  if (parsed.success) return parsed.data;
  const { message } = firstProblem(parsed.error);
  throw new HoldpointError("internal", "unexpected_answer", `${what} answered in an unexpected shape (${message}).`, {
    remedy: "Check with `holdpoint doctor` that this version and the database's schema belong together.",
    cause: parsed.error,
  });
}

interface Answer {
  data: unknown;
  error: unknown;
  status?: number;
}

/** Awaits a supabase-js request and parses its answer. Errors become HoldpointError. */
export async function answer<T extends z.ZodType>(
  request: PromiseLike<Answer>,
  schema: T,
  what: string,
): Promise<z.output<T>> {
  let result: Answer;
  try {
    result = await request;
  } catch (error) {
    throw toHoldpointError(error);
  }
  if (result.error) throw errorOf(result);
  return parseOutput(schema, result.data, what);
}

/** Calls a function of schema public as the operator and parses its answer. Errors become HoldpointError. */
export function callRpc<Name extends keyof Functions, T extends z.ZodType>(
  client: PeopleClient,
  name: Name,
  args: Given<Functions[Name]["Args"]>,
  schema: T,
): Promise<z.output<T>> {
  return answer(client.rpc(name, args as Functions[Name]["Args"]), schema, name);
}

/** supabase-js keeps the HTTP status beside the error; a gateway's answer has nothing else to tell it by. */
function errorOf(result: Answer): HoldpointError {
  const error = toHoldpointError(result.error);
  if (error.code !== "internal") return error;
  const status = result.status ?? 0;
  if (status === 401) {
    return new HoldpointError("unauthenticated", "not_signed_in", "The sign-in is missing or has run out.", {
      cause: result.error,
    });
  }
  if (status === 0 || status === 429 || status >= 502) {
    return new HoldpointError("unavailable", "database_unreachable", "The database's address did not answer.", {
      cause: result.error,
    });
  }
  return error;
}
