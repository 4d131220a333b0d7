import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { seal } from "@holdpoint/db/runtime";
import type { Checkpoint } from "@holdpoint/db/runtime";
import type { Log } from "../log.ts";
import type { Access } from "../runtime/databases.ts";
import type { Duty } from "./duty-loop.ts";

const EVERY_MS = 60_000;

export interface SealingOptions {
  access: Access;
  dataDir: string;
  log: Log;
  intervalMs?: number;
}

/**
 * Chains a checkpoint over all stream heads that moved, and anchors its hash outside the database: one line per
 * checkpoint in a file that is only ever appended to.
 */
export class SealingDuty implements Duty {
  readonly name = "sealing";
  readonly intervalMs: number;
  readonly #options: SealingOptions;

  constructor(options: SealingOptions) {
    this.#options = options;
    this.intervalMs = options.intervalMs ?? EVERY_MS;
  }

  async runOnce(): Promise<boolean> {
    const { access, dataDir } = this.#options;
    const checkpoint = await seal(access.databases.work, access.caller);
    if (checkpoint !== null) await appendAnchor(dataDir, checkpoint);
    return false;
  }
}

/** Appends a checkpoint's line and waits until it is on the disk. */
export async function appendAnchor(dataDir: string, checkpoint: Checkpoint): Promise<void> {
  const folder = join(dataDir, "anchors");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await open(join(folder, "checkpoints.jsonl"), "a", 0o600);
  try {
    const { no, hash, streams, epoch, up_to } = checkpoint;
    await file.appendFile(`${JSON.stringify({ no, epoch, up_to, streams, hash, at: new Date().toISOString() })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The anchored checkpoints, oldest first. An unfinished last line (a crash while writing) is left out. */
export async function readAnchors(dataDir: string): Promise<Checkpoint[]> {
  const text = await readFile(join(dataDir, "anchors", "checkpoints.jsonl"), "utf8");
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line): Checkpoint => JSON.parse(line));
}
