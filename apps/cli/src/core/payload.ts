import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { firstProblem, HoldpointError } from "@holdpoint/policy";
import { z } from "zod";
import type { Context } from "./context.ts";

const MAX_BYTES = 262_144;

/** The payload of --payload: JSON text, @file, or @- for standard input. An object of at most 256 kB. */
export async function readPayload(context: Context, given: string | undefined): Promise<Record<string, unknown>> {
  if (given === undefined) return {};
  const text = given.startsWith("@") ? await readSource(context, given.slice(1)) : given;
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw bad("payload_too_large", "The payload is larger than 256 kB.", "Put large data in a file the job can fetch.");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const where = error instanceof Error ? error.message : "it cannot be parsed";
    throw bad(
      "payload_not_json",
      `The payload is not JSON: ${where}.`,
      `Quote it for the shell: --payload '{"url": "…"}'`,
    );
  }
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success || Array.isArray(value)) {
    throw bad("payload_not_object", "The payload must be a JSON object.", "Write e.g. --payload '{}'.");
  }
  return object.data;
}

/**
 * Checks a payload against the JSON schema that a worker announced, so that a misfit is told before anything is
 * submitted. Admission parses it again; a schema that cannot be read here is left to it.
 */
export function checkPayload(payload: unknown, type: string, schema: Record<string, unknown>): void {
  let parser: z.ZodType;
  try {
    parser = z.fromJSONSchema(schema);
  } catch {
    return;
  }
  const parsed = parser.safeParse(payload);
  if (parsed.success) return;
  const { field, message } = firstProblem(parsed.error, "payload");
  throw new HoldpointError("invalid", "bad_payload", `The payload does not fit ${type}: ${message}.`, {
    field,
    remedy: `\`holdpoint jobs types ${type}\` shows what it takes.`,
  });
}

async function readSource(context: Context, path: string): Promise<string> {
  if (path === "-") return await context.readInput();
  try {
    return await readFile(resolve(context.cwd, path), "utf8");
  } catch (error) {
    throw new HoldpointError("invalid", "payload_unreadable", `The payload's file ${path} cannot be read.`, {
      field: "payload",
      cause: error,
    });
  }
}

function bad(reason: string, message: string, remedy: string): HoldpointError {
  return new HoldpointError("invalid", reason, message, { field: "payload", remedy });
}
