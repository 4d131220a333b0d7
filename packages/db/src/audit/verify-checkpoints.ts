import type pg from "pg";
import type { Anchors } from "./anchor-file.ts";
import { sealBreak } from "./break.ts";
import type { Break } from "./break.ts";
import { checkpointHash, leafHash, merkleRoot, SEAL_START } from "./hashes.ts";
import { RowReader } from "./row-reader.ts";
import type { Checkpoint } from "./checkpoint.ts";

const HEAD_BYTES = 52;

const CHECKPOINTS = `select no::int, epoch, up_to_xid::text, streams, holdpoint.micros(sealed_at)::float8, encode(root, 'hex'), encode(hash, 'hex')
  from holdpoint.checkpoints order by no`;
const HEADS = "select no::int, heads from holdpoint.sealed_heads order by no, part";

export interface CheckpointsChecked {
  count: number;
  newest: Checkpoint | null;
  /** How many of them the anchors confirm. */
  anchored: number;
  /** Checkpoints that no anchor confirms. */
  notAnchored: number[];
}

/** Recomputes every checkpoint from its sealed heads and the one before it, and compares it with its anchor. */
export async function verifyCheckpoints(
  client: pg.ClientBase,
  anchors: Anchors,
  tell: (found: Break) => void,
): Promise<CheckpointsChecked> {
  const outside = new Map(anchors.anchors.map((anchor) => [anchor.no, anchor]));
  const checkpoints = await RowReader.open(client, "checkpoints", { text: CHECKPOINTS, values: [] }, checkpointRow);
  const heads = await RowReader.open(client, "sealed_heads", { text: HEADS, values: [], batch: 50 }, headsRow);
  const checked: CheckpointsChecked = { count: 0, newest: null, anchored: 0, notAnchored: [] };
  for (; checkpoints.next;) {
    const checkpoint = checkpoints.next;
    if (checkpoints.advance()) await checkpoints.fill();
    const leaves: Buffer[] = [];
    while (heads.next && heads.next.no <= checkpoint.no) {
      if (heads.next.no === checkpoint.no) leaves.push(...leavesOf(heads.next.heads));
      if (heads.advance()) await heads.fill();
    }
    const found = judge(checkpoint, checked.newest, leaves) ?? compare(checkpoint, outside.get(checkpoint.no));
    if (found) tell(found);
    if (outside.delete(checkpoint.no)) checked.anchored += 1;
    else checked.notAnchored.push(checkpoint.no);
    checked.count += 1;
    checked.newest = checkpoint;
  }
  for (const lost of outside.values()) tell(sealBreak("checkpoint_lost", lost.no, lost.hash, "no such checkpoint"));
  await checkpoints.close();
  await heads.close();
  return checked;
}

function judge(checkpoint: Checkpoint, before: Checkpoint | null, leaves: Buffer[]): Break | null {
  const no = (before?.no ?? 0) + 1;
  if (checkpoint.no !== no)
    return sealBreak("checkpoint_missing", no, `checkpoint ${no}`, `checkpoint ${checkpoint.no}`);
  const root = merkleRoot(leaves)?.toString("hex") ?? "no heads";
  if (root !== checkpoint.root || leaves.length !== checkpoint.streams) {
    const of = (hash: string, count: number) => `${hash} of ${count} streams`;
    return sealBreak("sealed_heads_changed", no, of(checkpoint.root, checkpoint.streams), of(root, leaves.length));
  }
  const hash = checkpointHash(before ? Buffer.from(before.hash, "hex") : SEAL_START, checkpoint).toString("hex");
  return hash === checkpoint.hash ? null : sealBreak("checkpoint_changed", no, hash, checkpoint.hash);
}

function compare(checkpoint: Checkpoint, anchor: Checkpoint | undefined): Break | null {
  if (anchor === undefined || anchor.hash === checkpoint.hash) return null;
  return sealBreak("anchor_differs", checkpoint.no, anchor.hash, checkpoint.hash);
}

function leavesOf(heads: Buffer): Buffer[] {
  const leaves: Buffer[] = [];
  for (let at = 0; at < heads.length; at += HEAD_BYTES) leaves.push(leafHash(heads.subarray(at, at + HEAD_BYTES)));
  return leaves;
}

function checkpointRow(values: unknown[]): Checkpoint {
  const [no, epoch, up_to, streams, sealed_at, root, hash] = values as [
    number,
    number,
    string,
    number,
    number,
    string,
    string,
  ];
  return { no, epoch, up_to, streams, sealed_at, root, hash };
}

function headsRow(values: unknown[]): { no: number; heads: Buffer } {
  const [no, heads] = values as [number, Buffer];
  return { no, heads };
}
