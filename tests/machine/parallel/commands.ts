import fc from "fast-check";

const WEIGHTS = {
  submit: 7,
  submitKeyed: 2,
  admit: 9,
  claimPicked: 12,
  claimKnown: 6,
  claimTwice: 2,
  settle: 14,
  heartbeat: 5,
  steps: 2,
  park: 7,
  send: 4,
  cancel: 3,
  decide: 9,
  undo: 3,
  bulkStart: 2,
  bulkStep: 4,
  resubmit: 2,
  replay: 1,
  expire: 3,
  reap: 3,
  tendBlocks: 2,
  stop: 1,
  lift: 4,
  restart: 1,
  leave: 1,
} as const;
export type Kind = keyof typeof WEIGHTS;

/** One call. n chooses among what there is when the round begins, k how much, flag between two variants. */
export interface Command {
  kind: Kind;
  n: number;
  k: number;
  flag: boolean;
}

/** What the owner changes between two rounds, so that clocks and policies matter within seconds. */
export interface Round {
  commands: Command[];
  age: keyof typeof AGES;
}

const kinds = Object.entries(WEIGHTS).map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind as Kind) }));

const AGES = { none: 4, delays: 6, leases: 2, unlisted: 2, decisions: 1, waits: 2, limits: 2, policy: 1 } as const;
const ages = Object.entries(AGES).map(([age, weight]) => ({
  weight,
  arbitrary: fc.constant(age as keyof typeof AGES),
}));

const command: fc.Arbitrary<Command> = fc.record({
  kind: fc.oneof(...kinds),
  n: fc.nat(9_999),
  k: fc.integer({ min: 1, max: 6 }),
  flag: fc.boolean(),
});

export const rounds = (count: number): fc.Arbitrary<Round[]> =>
  fc.array(
    fc.record({
      commands: fc.array(command, { minLength: 3, maxLength: 5 }),
      age: fc.oneof(...ages),
    }),
    { minLength: count, maxLength: count },
  );
