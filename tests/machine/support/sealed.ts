import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { appendAnchors, readAnchorFile, verifyDatabase } from "@holdpoint/db/audit";
import type { Verification, VerifyOptions } from "@holdpoint/db/audit";
import { readCheckpoints, seal } from "@holdpoint/db/runtime";
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

  /** Seals everything that moved and anchors it. Writers in other databases of the server hold it up for a while. */
  async seal(): Promise<void> {
    const { on, worker, db } = this.#scene;
    const rest = async (): Promise<unknown[]> => {
      await seal(on, worker);
      return db.query(
        `select 1 from holdpoint.feed f left join (select c.* from holdpoint.checkpoints c order by c.no desc limit 1) c on true
         where c.no is null or (f.epoch, f.xid) >= (c.epoch, c.up_to_xid) limit 1`,
      );
    };
    await vi.waitFor(async () => expect(await rest()).toEqual([]), { timeout: 30_000 });
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
