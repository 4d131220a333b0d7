import "server-only";
import { toHoldpointError } from "@holdpoint/db";
import { HoldpointError } from "@holdpoint/policy";
import type { z } from "zod";

interface Answer {
  data: unknown;
  error: unknown;
}

/** Awaits a read through the data API and parses it; every failure is the one error shape. */
export async function read<T extends z.ZodType>(
  request: PromiseLike<Answer>,
  schema: T,
  what: string,
): Promise<z.output<T>> {
  let answer: Answer;
  try {
    answer = await request;
  } catch (error) {
    throw toHoldpointError(error);
  }
  if (answer.error) throw toHoldpointError(answer.error);
  const parsed = schema.safeParse(answer.data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const message = `${what} answered in another shape than expected (${issue?.path.join(".")}: ${issue?.message}).`;
  throw new HoldpointError("internal", "unexpected_answer", message, {
    remedy: "Dashboard and database are of different versions: apply the migrations, then restart.",
  });
}
