import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { packText, verifyPack } from "@holdpoint/db/audit";
import { readJobProof } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { packVerificationText } from "../../format/verification.ts";

interface Options {
  output?: string;
}

/** `holdpoint jobs proof` */
export function addJobsProof(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "proof <job>",
    description: "everything that proves what happened to a job, in one file that `audit verify FILE` checks alone",
    options: [
      option("-o, --output <file>", "write it there (else to standard output); never over a file that is there"),
    ],
    examples: ["jobs proof 019aa3f2-… -o proof.json", "jobs proof 019aa3f2-… | holdpoint audit verify -"],
    notes:
      "Plan, decisions, runs, steps and artifacts by hash, effects with receipts, evidence, ledger entries, the chain of\n" +
      "events and the checkpoint that covers it. No results, no logs, no payload but the plan's.",
    run: proof,
  });
}

async function proof(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  const text = packText(await readJobProof(await context.client(), args[0] ?? ""));
  const document: unknown = JSON.parse(text);
  if (options.output === undefined) return { document, text };
  const file = resolve(context.cwd, options.output);
  try {
    await writeFile(file, `${text}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const there = error instanceof Error && "code" in error && error.code === "EEXIST";
    const message = there ? `${file} is there already.` : `${file} cannot be written.`;
    throw new HoldpointError("invalid", there ? "file_exists" : "file_unwritable", message, {
      field: "output",
      cause: error,
    });
  }
  context.say(`Wrote ${file}`);
  return { document, text: packVerificationText(verifyPack(text, null), context) };
}
