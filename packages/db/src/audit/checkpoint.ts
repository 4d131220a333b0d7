import { z } from "zod";

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

/** A checkpoint as the database has it and as the anchor file keeps it. */
export const checkpointSchema = z.strictObject({
  no: z.int().positive(),
  epoch: z.int32().positive(),
  /** Below this transaction id everything is covered. */
  up_to: z.string().regex(/^\d{1,18}$/),
  streams: z.int32().positive(),
  /** Microseconds since 1970, by the database's clock. */
  sealed_at: z.int().positive(),
  root: sha256Hex,
  hash: sha256Hex,
});
export type Checkpoint = z.output<typeof checkpointSchema>;

/** What the hash of a checkpoint is made of, besides the hash of the one before it. */
export type CheckpointFacts = Omit<Checkpoint, "hash">;

/** In a fixed order of keys, so that the same checkpoint is always the same line. */
export function checkpointLine(checkpoint: Checkpoint): string {
  const { no, epoch, up_to, streams, sealed_at, root, hash } = checkpoint;
  return `${JSON.stringify({ no, epoch, up_to, streams, sealed_at, root, hash })}\n`;
}
