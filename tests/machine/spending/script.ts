import fc from "fast-check";

const WEIGHTS = {
  claim: 14,
  settle: 10,
  lose: 2,
  cap: 2,
  override: 2,
  zone: 1,
  tend: 2,
  liftOverrun: 3,
} as const;
export type Kind = keyof typeof WEIGHTS;

/** One call of one connection. n chooses among what there is, k how much. */
export interface Command {
  kind: Kind;
  n: number;
  k: number;
}

const command: fc.Arbitrary<Command> = fc.record({
  kind: fc.oneof(
    ...Object.entries(WEIGHTS).map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind as Kind) })),
  ),
  n: fc.nat(9_999),
  k: fc.integer({ min: 1, max: 6 }),
});

/** What each of so many connections does, one call after the other, all connections at once. */
export const scripts = (connections: number, length: number): fc.Arbitrary<Command[][]> =>
  fc.array(fc.array(command, { minLength: length, maxLength: length }), {
    minLength: connections,
    maxLength: connections,
  });
