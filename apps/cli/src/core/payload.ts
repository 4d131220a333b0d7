import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { firstProblem, HoldpointError } from "@holdpoint/policy";
import { z } from "zod";
import type { Context } from "./context.ts";

const MAX_BYTES = 262_144;

/** The payload of --payload: JSON text, @file, or @- for standard input. An object of at most 256 kB. */
export async function readPayload(context: Context, given: string | undefined): Promise<Record<string, unknown>> {
  if (given === undefined) return {};
  const value = await readJson(context, given, "payload");
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success || Array.isArray(value)) {
    throw bad("payload_not_object", "The payload must be a JSON object.", "Write e.g. --payload '{}'.");
  }
  return object.data;
}

/** One JSON value: as text, @file, or @- for standard input. */
export async function readJson(context: Context, given: string, what: "payload" | "data"): Promise<unknown> {
  const text = given.startsWith("@") ? await readSource(context, given.slice(1), what) : given;
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw bad(
      `${what}_too_large`,
      `The ${what} is larger than 256 kB.`,
      "Put large data in a file the job can fetch.",
      what,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = error instanceof Error ? error.message : "it cannot be parsed";
    const example = what === "payload" ? `--payload '{"url": "…"}'` : `'{"ok": true}'`;
    throw bad(`${what}_not_json`, `The ${what} is not JSON: ${where}.`, `Quote it for the shell: ${example}`, what);
  }
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

async function readSource(context: Context, path: string, what: string): Promise<string> {
  if (path === "-") return await context.readInput();
  try {
    return await readFile(resolve(context.cwd, path), "utf8");
  } catch (error) {
    throw new HoldpointError("invalid", `${what}_unreadable`, `The ${what}'s file ${path} cannot be read.`, {
      field: what,
      cause: error,
    });
  }
}

function bad(reason: string, message: string, remedy: string, field = "payload"): HoldpointError {
  return new HoldpointError("invalid", reason, message, { field, remedy });
}
