import type pg from "pg";
import { jobProof, lastAnchor, packText, readAnchorFile, verifyDatabase, verifyPack } from "@holdpoint/db/audit";
import type { RecordedAudit } from "../checker/history.ts";

/** Proof packs that are made and checked: of the newest jobs. */
const PACKS = 300;

/** Whether the file has a line for each checkpoint of the database. */
export async function allAnchored(owner: pg.Pool, anchorFile: string): Promise<boolean> {
  const { rows } = await owner.query<{ newest: number }>(
    "select coalesce(max(no), 0)::int as newest from holdpoint.checkpoints",
  );
  return ((await lastAnchor(anchorFile))?.no ?? 0) === rows[0]?.newest;
}

/** Verifies what the fleet left behind with the code of `audit verify`, against the anchors that its workers wrote. */
export async function auditOf(owner: pg.Pool, anchorFile: string): Promise<RecordedAudit> {
  const anchors = await readAnchorFile(anchorFile);
  const client = await owner.connect();
  try {
    const { breaks, checkpoints, anchors: anchored } = await verifyDatabase(client, { anchors });
    const { rows } = await client.query<{ proof: unknown }>(
      "select holdpoint.proof_of(j) as proof from public.jobs j order by j.id desc limit $1",
      [PACKS],
    );
    const packs = rows.flatMap(({ proof }) => verifyPack(packText(jobProof.parse(proof)), anchors).breaks);
    return { breaks, packs, checkpoints, anchors: anchored };
  } finally {
    client.release();
  }
}
