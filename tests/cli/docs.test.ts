import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import * as documents from "./documents.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/job-json.md"), "utf8");
const named = new Set([...page.matchAll(/`([a-z0-9_]+)(?:\[\])?`/g)].map((match) => match[1] ?? ""));

/** Every field of a document, also of those inside it. */
function fieldsOf(schema: unknown): string[] {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return fieldsOf(schema.unwrap());
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, inner]) => [name, ...fieldsOf(inner)]);
}

const schemas = Object.entries(documents).filter(([, value]) => value instanceof z.ZodObject);

test.each(schemas)("docs/job-json.md names every field of %s", (_name, schema) => {
  const known = new Set([...named, "code", "message", "field", "remedy", "items", "next", "error", "kind", "id", "ok"]);
  expect(fieldsOf(schema).filter((field) => !known.has(field))).toEqual([]);
});
