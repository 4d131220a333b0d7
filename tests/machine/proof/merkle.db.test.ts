/** The trees of checkpoints: what SQL seals is what the verifier recomputes, at every size. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { headBytes, leafHash, merkleRoot, rootOfPath, sha256 } from "@holdpoint/db/audit";
import { at } from "../support/at.ts";
import { feedSettled, SealedScene } from "../support/sealed.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";

let scene: Scene;
let sealed: SealedScene;
beforeAll(async () => {
  scene = await setScene();
  sealed = new SealedScene(scene);
});
afterAll(async () => {
  sealed.close();
  await scene.close();
});

it("gives the same root as the database, and a path from each leaf to it, for every size", async () => {
  for (let size = 1; size <= 17; size++) {
    const leaves = Array.from({ length: size }, (_, n) => leafHash(headBytes(randomUUID(), n, sha256(`${n}`))));
    const rows = await scene.db.query<{ root: Buffer; paths: string[][] }>(
      `select holdpoint.merkle_root($1) as root,
         (select jsonb_agg(to_jsonb(holdpoint.merkle_path($1, n)) order by n) from generate_series(0, cardinality($1) - 1) n) as paths`,
      [leaves],
    );
    const { root, paths } = at(rows, 0);
    expect(merkleRoot(leaves)).toEqual(root);
    for (const [index, leaf] of leaves.entries()) {
      const path = (paths[index] ?? []).map((hash) => Buffer.from(hash, "hex"));
      expect(rootOfPath(leaf, index, size, path)).toEqual(root);
      // Another place, another size or another path is another root, or none.
      for (let other = 0; other < size; other++)
        if (other !== index) expect(rootOfPath(leaf, other, size, path)).not.toEqual(root);
      expect(rootOfPath(leaf, index, size, [...path, leaf])).not.toEqual(root);
      expect(rootOfPath(leaf, size, size, path)).toBeNull();
    }
  }
});

it("seals a flood in several checkpoints, each stream's head once in each, and misses none", async () => {
  for (let call = 0; call < 8; call++) await scene.submitted(3);
  const sealSome = async () =>
    at(
      await scene.db.query<{ made: { more: boolean } | null }>("select holdpoint.seal($1, $2, 6) as made", [
        scene.worker.id,
        scene.worker.key,
      ]),
      0,
    ).made;
  await feedSettled(scene.db);
  let checkpoints = 0;
  await expect
    .poll(
      async () => {
        const made = await sealSome();
        if (made) checkpoints += 1;
        return made?.more ?? false;
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  await sealed.seal();
  const found = await sealed.verify();
  expect(found).toMatchObject({ ok: true, counts: { streams: 26, unsealedEvents: 0 } });
  expect(found.checkpoints).toBeGreaterThan(checkpoints);
  const [row] = await scene.db.query("select max(streams)::int as most from holdpoint.checkpoints where no = 1");
  expect(row).toEqual({ most: expect.toSatisfy((most: number) => most <= 9) });
});
