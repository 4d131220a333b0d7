import { expect } from "vitest";
import type { z } from "zod";
import { errorDocument } from "../documents.ts";
import type { CliResult } from "./run-cli.ts";

/** The command was done with this code (default 0), and its one document fits the schema. */
export function documentOf<T extends z.ZodType>(result: CliResult, schema: T, code = 0): z.output<T> {
  expect(result, result.stdout + result.stderr).toMatchObject({ code });
  return schema.parse(result.json());
}

/** The command refused with this exit code and reason, as one error document and nothing else. */
export function errorOf(result: CliResult, code: number, reason: string): z.output<typeof errorDocument>["error"] {
  const { error } = errorDocument.parse(result.json());
  expect({ code: result.code, reason: error.reason }, result.stdout + result.stderr).toEqual({ code, reason });
  return error;
}
