import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type pg from "pg";
import { verifyDatabase, verifyPack, type Verification } from "@holdpoint/db/audit";
import { HoldpointError, parseDuration } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { findAnchors } from "../../core/anchors.ts";
import type { Context } from "../../core/context.ts";
import { EXIT } from "../../core/exit-codes.ts";
import type { Outcome } from "../../core/outcome.ts";
import { withOwnerClient } from "../../connection/owner.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { packVerificationText, verdict, verificationText } from "../../format/verification.ts";

interface Options {
  since?: string;
  venture?: string;
  anchors?: string;
}

/** `holdpoint audit verify` */
export function addAuditVerify(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "verify [file]",
    description:
      "recompute every event's hash, every checkpoint and its anchor, or those of a proof pack; exit 1 at a break",
    options: [
      option("--since <duration>", "only jobs submitted in the last 12h, 7d, …"),
      option("--venture <key>", "only this venture's jobs and its own events"),
      option("--anchors <file>", "the anchor file (default: $HOLDPOINT_ANCHOR_FILE, else the local stack's)"),
    ],
    examples: [
      "audit verify",
      "audit verify --anchors /mnt/usb/checkpoints.jsonl --json",
      "audit verify proof.json --anchors checkpoints.jsonl",
    ],
    notes:
      "With a file of `jobs proof` (- for standard input): checks that alone, without any database.\n" +
      "Reads the stored bytes as the owner of the database (locally the data folder's secrets, hosted\n" +
      "HOLDPOINT_OWNER_DATABASE_URL) and hashes them here: no function of the database is trusted with it.\n" +
      "A whole run is recorded as evidence for a week. Exit 0: nothing broken; what could not be checked is listed.",
    run: verify,
  });
}

async function verify(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  const [file] = args;
  if (file !== undefined) return verifyFile(context, file, options);
  const since =
    options.since === undefined ? undefined : new Date(context.clock.now() - parseDuration(options.since, "since"));
  const found = await findAnchors(context, options.anchors);
  const startedAt = performance.now();
  return withOwnerClient(context, async (client) => {
    if (options.venture !== undefined) await checkVenture(client, options.venture);
    const verification = await verifyDatabase(client, {
      anchors: found?.anchors ?? null,
      since,
      venture: options.venture,
      progress: (events) => context.progress(`${events.toLocaleString("en")} events checked`),
    });
    const document = {
      ...verification,
      anchor_file: found?.path ?? null,
      took_ms: Math.round(performance.now() - startedAt),
    };
    if (since === undefined && options.venture === undefined) await record(client, document);
    return {
      document,
      text: verificationText(document, context),
      exit: verification.ok ? EXIT.done : EXIT.failed,
    };
  });
}

/** A proof pack by itself. */
async function verifyFile(context: Context, file: string, options: Options): Promise<Outcome> {
  for (const name of ["since", "venture"] as const) {
    if (options[name] === undefined) continue;
    throw new HoldpointError("invalid", "bad_option", `--${name} is for the database; a proof pack is checked whole.`, {
      field: name,
    });
  }
  const text = file === "-" ? await context.readInput() : await readPackFile(resolve(context.cwd, file));
  const found = await findAnchors(context, options.anchors);
  const verification = verifyPack(text.replace(/\n$/, ""), found?.anchors ?? null);
  return {
    document: { ...verification, anchor_file: found?.path ?? null },
    text: packVerificationText(verification, context),
    exit: verification.ok ? EXIT.done : EXIT.failed,
  };
}

async function readPackFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new HoldpointError("invalid", "file_unreadable", `${path} cannot be read.`, { field: "file", cause: error });
  }
}

async function checkVenture(client: pg.Client, key: string): Promise<void> {
  const { rows } = await client.query<{ key: string }>("select key from public.ventures order by key");
  const keys = rows.map((row) => row.key);
  oneOf("venture", "venture", key, keys);
}

/** Evidence of the whole verification: what the dashboard's label is computed from. */
async function record(client: pg.Client, found: Verification): Promise<void> {
  const { ok, counts, checkpoints, anchors, upTo, breaks, unchecked } = found;
  await client.query("select holdpoint.note_verification($1, $2, $3)", [
    ok,
    verdict(found),
    JSON.stringify({ counts, checkpoints, anchors, up_to: upTo?.no ?? null, breaks: breaks.slice(0, 3), unchecked }),
  ]);
}
