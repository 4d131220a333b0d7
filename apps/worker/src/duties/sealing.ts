import { appendAnchors, lastAnchor } from "@holdpoint/db/audit";
import { noteAnchor, readCheckpoints, seal } from "@holdpoint/db/runtime";
import type { Access } from "../runtime/databases.ts";
import type { Duty } from "./duty-loop.ts";

const EVERY_MS = 60_000;
/** Checkpoints appended to the file at a time. */
const PAGE = 1_000;

export interface SealingOptions {
  access: Access;
  /** The file of anchors: one line per checkpoint, only ever appended to. */
  anchorFile: string;
  intervalMs?: number;
}

/**
 * Chains a checkpoint over the heads of all streams that moved since the last one, and anchors it outside the database:
 * whatever the file of this machine lacks is appended, so that a crash in between, or another leader on another machine,
 * leaves no gap.
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
    const { access } = this.#options;
    const sealed = await seal(access.databases.work, access.caller);
    await this.#anchor();
    return sealed?.more ?? false;
  }

  async #anchor(): Promise<void> {
    const { access, anchorFile } = this.#options;
    const last = await lastAnchor(anchorFile);
    for (let no = last?.no ?? 0; ;) {
      // From the newest of the file on, so that the file is compared with the database before it grows.
      const from = Math.max(0, no - 1);
      const checkpoints = await readCheckpoints(access.databases.work, access.caller, from, PAGE);
      await appendAnchors(anchorFile, checkpoints);
      const newest = checkpoints.at(-1)?.no ?? 0;
      if (checkpoints.length < PAGE) {
        if (newest > 0) await noteAnchor(access.databases.work, access.caller, newest);
        return;
      }
      no = newest;
    }
  }
}
