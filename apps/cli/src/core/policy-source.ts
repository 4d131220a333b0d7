import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { readPolicySource, type PolicySource } from "@holdpoint/db/policy-file";
import { HoldpointError } from "@holdpoint/policy";
import type { Context } from "./context.ts";

/** A policy's file as it is ("-": standard input), with what it says or what is wrong with it. */
export interface PolicyFile {
  name: string;
  source: string;
  read: PolicySource;
}

/** Reads a policy file. Throws `invalid` when there is no such file; what is wrong inside is in the answer. */
export async function readPolicyFile(context: Context, given: string, version: number): Promise<PolicyFile> {
  const name = given === "-" ? "standard input" : given;
  const source = given === "-" ? await context.readInput() : await readText(context, given);
  return { name, source, read: readPolicySource(source, version) };
}

/** What is wrong with it, one line each: "policy.yaml:5:7: …". */
export function problemLines({ name, read }: PolicyFile): string[] {
  return read.ok ? [] : read.problems.map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`);
}

/** The policy of a file that must be sound; else `invalid` with its first problem. */
export function soundPolicy(file: PolicyFile): Extract<PolicySource, { ok: true }> {
  if (file.read.ok) return file.read;
  const [first = "", ...others] = problemLines(file);
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  throw new HoldpointError("invalid", "bad_policy", `${first}${more}`, {
    field: "file",
    remedy: `All of them: holdpoint policy check ${file.name === "standard input" ? "-" : file.name}`,
  });
}

async function readText(context: Context, path: string): Promise<string> {
  try {
    return await readFile(resolve(context.cwd, path), "utf8");
  } catch (error) {
    throw new HoldpointError("invalid", "unreadable_file", `The file ${path} can't be read.`, {
      field: "file",
      cause: error,
    });
  }
}
