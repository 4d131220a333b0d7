import type { Hint } from "@holdpoint/queues";

export const MAX_BUNDLE = 256;
/** Types whose median run takes longer than this never share a message: a bundle would wait for slots. */
export const FAST_MS = 100;

export interface ReadyHint extends Hint {
  readonly type: string;
  readonly venture: string;
}

export interface BundleFacts {
  /** Slots of live workers that serve the queue, and how many workers they belong to. */
  readonly slots: number;
  readonly workers: number;
  /** Whether there was more to offer than fitted. */
  readonly deep: boolean;
  /** Whether the type's median run is short. */
  readonly fast: (type: string) => boolean;
}

/**
 * Puts hints into messages, in order. Hints of fast types share a message: a message costs as much as several jobs. A
 * lone worker gets all there are; of several each gets a hint of its own unless the backlog is deep, and never so many
 * that one sits on the share of another.
 */
export function bundle(hints: readonly ReadyHint[], facts: BundleFacts): ReadyHint[][] {
  const size = bundleSize(hints.length, facts);
  const messages: ReadyHint[][] = [];
  let open: ReadyHint[] = [];
  for (const hint of hints) {
    if (size === 1 || !facts.fast(hint.type)) {
      messages.push([hint]);
      continue;
    }
    if (open.length === 0) messages.push(open);
    open.push(hint);
    if (open.length === size) open = [];
  }
  return messages;
}

export function bundleSize(ready: number, facts: Pick<BundleFacts, "slots" | "workers" | "deep">): number {
  if (facts.workers <= 1) return MAX_BUNDLE;
  const slots = Math.max(1, facts.slots);
  if (ready <= slots && !facts.deep) return 1;
  const fair = Math.max(1, Math.floor(slots / facts.workers / 4));
  const wanted = facts.deep ? MAX_BUNDLE : Math.ceil(ready / slots);
  return Math.min(wanted, fair, MAX_BUNDLE);
}
