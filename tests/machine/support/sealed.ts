import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { appendAnchors, readAnchorFile, verifyDatabase } from "@holdpoint/db/audit";
import type { Verification, VerifyOptions } from "@holdpoint/db/audit";
import { readCheckpoints, seal } from "@holdpoint/db/runtime";
import type { TestDatabase } from "@holdpoint/local/testing";
import type { Scene } from "./scene.ts";

/** A scene's checkpoints and a file of their anchors, as the sealing duty keeps it. */
export class SealedScene {
  readonly anchorFile: string;
  readonly #scene: Scene;
  readonly #folder = mkdtempSync(join(tmpdir(), "holdpoint-anchors-"));

  constructor(scene: Scene) {
    this.#scene = scene;
    this.anchorFile = join(this.#folder, "checkpoints.jsonl");
  }

  /** Seals everything that moved in one checkpoint and anchors it. */
  async seal(): Promise<void> {
    const { on, worker, db } = this.#scene;
    await feedSettled(db);
    // One checkpoint has room for all of it.
    await seal(on, worker);
    await appendAnchors(this.anchorFile, await readCheckpoints(on, worker, 0, 1_000));
  }

  /** Verifies as the owner, against the anchors. */
  async verify(options: Partial<VerifyOptions> = {}): Promise<Verification> {
    const client = await this.#scene.db.owner.connect();
    try {
      return await verifyDatabase(client, { anchors: await readAnchorFile(this.anchorFile), ...options });
    } finally {
      client.release();
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Waits until all that was written can be sealed: writers in other databases of the server hold it up for a while. */
export async function feedSettled(db: Pick<TestDatabase, "query">): Promise<void> {
  const unsettled = () =>
    db.query("select 1 from holdpoint.feed f where f.xid >= pg_snapshot_xmin(pg_current_snapshot()) limit 1");
  await vi.waitFor(async () => expect(await unsettled()).toEqual([]), { timeout: 50_000 });
}
