import fc from "fast-check";

const WEIGHTS = {
  submit: 6,
  admit: 8,
  claim: 14,
  claimAgain: 2,
  settle: 14,
  settleAgain: 2,
  heartbeat: 3,
  loseSome: 3,
  dieAlone: 2,
  restart: 1,
  leave: 1,
  cancel: 3,
  decide: 9,
  undo: 3,
  expire: 3,
  stop: 1,
  lift: 3,
  due: 7,
  hour: 2,
  policy: 1,
  park: 8,
  send: 4,
  resubmit: 2,
  replay: 1,
  bulkStart: 2,
  bulkStep: 3,
} as const;
export type StepKind = keyof typeof WEIGHTS;

/** One call: n chooses, k says how many, flag picks a variant. The model says what must come of it. */
export interface Step {
  kind: StepKind;
  n: number;
  k: number;
  flag: boolean;
}

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record(
    {
      kind: fc.oneof(
        ...Object.entries(WEIGHTS).map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind as StepKind) })),
      ),
      n: fc.nat(999),
      k: fc.integer({ min: 1, max: 6 }),
      flag: fc.boolean(),
    },
    { noNullPrototype: true },
  ),
  { minLength: 40, maxLength: 120, size: "max" },
);
