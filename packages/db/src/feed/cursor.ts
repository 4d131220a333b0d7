/** A position in the feed: after this event, nothing before it. Written `epoch.xid.id.index`. */
export interface FeedPosition {
  epoch: number;
  xid: bigint;
  id: bigint;
  index: number;
}

const CURSOR = /^(\d{1,9})\.(\d{1,20})\.(\d{1,19})\.(\d{1,9})$/;

/** Reads a cursor; null when it is not one (people can send anything as Last-Event-ID). */
export function parseCursor(text: string): FeedPosition | null {
  const [, epoch, xid, id, index] = CURSOR.exec(text) ?? [];
  if (epoch === undefined || xid === undefined || id === undefined || index === undefined) return null;
  return { epoch: Number(epoch), xid: BigInt(xid), id: BigInt(id), index: Number(index) };
}

export function formatCursor({ epoch, xid, id, index }: FeedPosition): string {
  return `${epoch}.${xid}.${id}.${index}`;
}

/** Negative when `a` comes before `b` in the feed, 0 when they are the same position. */
export function comparePositions(a: FeedPosition, b: FeedPosition): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  if (a.xid !== b.xid) return a.xid < b.xid ? -1 : 1;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.index - b.index;
}
