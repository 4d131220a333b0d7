import { z } from "zod";
import { HoldpointError } from "@holdpoint/policy";
import { toHoldpointError } from "../errors.ts";
import type { PeopleClient } from "./client.ts";

/** Parses what a caller gave; a misfit is an `invalid` error that names the field. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".");
  throw new HoldpointError({
    code: "invalid",
    reason: "bad_input",
    message: field ? `${field}: ${issue?.message}` : (issue?.message ?? "The input does not fit."),
    ...(field ? { field } : {}),
  });
}

/** Parses what the database answered; a misfit means that client and database are of different versions. */
export function parseOutput<T extends z.ZodType>(
  schema: T,
  output: unknown,
  what: string,
): z.output<T> {
  const parsed = schema.safeParse(output);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new HoldpointError({
    code: "internal",
    reason: "unexpected_answer",
    message: `${what} answered in another shape than expected (${issue?.path.join(".")}: ${issue?.message}).`,
    remedy:
      "Check with `holdpoint doctor` that this version and the database's schema belong together.",
  });
}

interface Answer {
  data: unknown;
  error: unknown;
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
  if (result.error) throw toHoldpointError(result.error);
  return parseOutput(schema, result.data, what);
}

/** Calls a function of schema public as the operator and parses its answer. Errors become HoldpointError. */
export function callRpc<T extends z.ZodType>(
  client: PeopleClient,
  name: string,
  args: Record<string, unknown>,
  schema: T,
): Promise<z.output<T>> {
  return answer(client.rpc(name, args), schema, name);
}
