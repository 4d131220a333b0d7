import { hash } from "node:crypto";
import type { CheckpointFacts } from "./checkpoint.ts";

/** sha256 of bytes, or of a string's UTF-8. */
export const sha256 = (data: string | Uint8Array): Buffer => hash("sha256", data, "buffer");

/** What a stream's first event is hashed with. */
export const firstHash = (stream: string): Buffer => sha256(`holdpoint/1/${stream}`);

/** The hash of an event: of the one before it and the stored bytes of its body. */
export function nextHash(before: Buffer, body: string): Buffer {
  return sha256(Buffer.concat([before, Buffer.from(body, "utf8")]));
}

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** The 52 bytes of a stream's head in a checkpoint: stream, number (big endian), hash. */
export function headBytes(stream: string, seq: number, head: Buffer): Buffer {
  const bytes = Buffer.alloc(52);
  bytes.write(stream.replaceAll("-", ""), 0, 16, "hex");
  bytes.writeInt32BE(seq, 16);
  head.copy(bytes, 20);
  return bytes;
}

export const leafHash = (head: Buffer): Buffer => sha256(Buffer.concat([LEAF, head]));
export const nodeHash = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.concat([NODE, left, right]));

/** The root of a Merkle tree (RFC 6962) over leaf hashes; null of none. */
export function merkleRoot(leaves: readonly Buffer[]): Buffer | null {
  let level = leaves;
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left) above.push(right ? nodeHash(left, right) : left);
    }
    level = above;
  }
  return level[0] ?? null;
}

/** The root that a leaf at `index` of `size` gives with its path (RFC 9162, 2.1.3.2); null when the path does not fit. */
export function rootOfPath(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | null {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return null;
  let [at, last, root] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      root = nodeHash(sibling, root);
      while (at % 2 === 0 && at !== 0) [at, last] = [at >>> 1, last >>> 1];
    } else {
      root = nodeHash(root, sibling);
    }
    [at, last] = [at >>> 1, last >>> 1];
  }
  return last === 0 ? root : null;
}

/** What the first checkpoint is chained to. */
export const SEAL_START = sha256("holdpoint/seal/1");

/** The hash of a checkpoint. */
export function checkpointHash(before: Buffer, facts: CheckpointFacts): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeBigInt64BE(BigInt(facts.no), 0);
  bytes.writeInt32BE(facts.epoch, 8);
  bytes.writeBigInt64BE(BigInt(facts.up_to), 12);
  bytes.writeInt32BE(facts.streams, 20);
  bytes.writeBigInt64BE(BigInt(facts.sealed_at), 24);
  return sha256(Buffer.concat([before, bytes, Buffer.from(facts.root, "hex")]));
}
