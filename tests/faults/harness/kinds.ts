import type { Random } from "./random.ts";

/** One job to be submitted: drawn once, so that a repeated submit asks for the same. */
export interface Drawn {
  type: string;
  payload: object;
  /** Further fields of the request. */
  more?: object;
}

type Kind = readonly [share: number, draw: (random: Random, chargesUrl: string) => Drawn];

const soon = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** What people submit, and how often of a hundred. */
const KINDS: readonly Kind[] = [
  [23, () => ({ type: "fault_quick", payload: {} })],
  [5, (_, url) => ({ type: "fault_paid", payload: { url, forgets: true } })],
  [9, (_, url) => ({ type: "fault_paid", payload: { url, forgets: false } })],
  [
    6,
    (random) => ({ type: "fault_serial", payload: { key: random.pick(["a", "b"]), pauseMs: random.between(5, 60) } }),
  ],
  [12, (random) => ({ type: random.pick(KEYED), payload: { key: "a", pauseMs: random.between(100, 900) } })],
  [16, (random) => ({ type: "fault_steps", payload: { pauseMs: random.between(10, 900) } })],
  [9, (random) => ({ type: "fault_flaky", payload: { failures: random.between(1, 2), waitMs: 200 } })],
  [3, (random) => ({ type: "fault_failing", payload: { how: random.pick(WAYS) } })],
  [5, (random) => ({ type: "fault_waits", payload: { sleepMs: random.between(0, 400) } })],
  [3, () => ({ type: "fault_gated", payload: {} })],
  // Deadlines: some are met, some pass in the queue, some while a person or a retry is waited for, some in a run.
  [3, (random) => ({ type: "fault_quick", payload: {}, more: { start_by: soon(random.between(5, 600)) } })],
  [2, (random) => ({ type: "fault_gated", payload: {}, more: { start_by: soon(random.between(200, 3_000)) } })],
  [
    4,
    (random) => ({
      type: "fault_steps",
      payload: { pauseMs: random.between(100, 900) },
      more: { end_by: soon(random.between(300, 3_000)) },
    }),
  ],
];

const KEYED = ["fault_keyed_skip", "fault_keyed_cancel_old", "fault_keyed_newest"] as const;

/** How a job is to fail, for good. */
export const WAYS = ["bad_input", "unsafe", "budget", "bug", "transient"] as const;

export function drawJob(random: Random, chargesUrl: string): Drawn {
  let left = random.between(
    1,
    KINDS.reduce((sum, [share]) => sum + share, 0),
  );
  for (const [share, draw] of KINDS) if ((left -= share) <= 0) return draw(random, chargesUrl);
  throw new Error("the shares do not add up");
}
