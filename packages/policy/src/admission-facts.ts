import type { JobQueue } from "./queues.ts";
import type { JobSize } from "./retry-tiers.ts";
import type { EffectKind } from "./states.ts";

/** What the announced type says of itself. */
export interface TypeFacts {
  readonly name: string;
  readonly version: number;
  readonly size: JobSize;
  readonly queue: JobQueue | null;
  readonly effectKinds: readonly EffectKind[];
  readonly approval: boolean;
}

/** Everything the decision depends on. Stored with the plan, so that a decision can be explained later. */
export interface AdmissionFacts {
  readonly typeName: string;
  /** The version the submitter asked for; null: whichever is announced. */
  readonly typeVersion: number | null;
  /** The announced type; null when no worker announced this name. */
  readonly type: TypeFacts | null;
  /** Null when the payload fits the type's schema. */
  readonly payloadProblem: { readonly field: string; readonly message: string } | null;
  /** Null when all references resolved (or there are none). Transient trouble is not a fact: defer instead. */
  readonly referenceProblem: { readonly field: string | null; readonly message: string } | null;
  readonly urgent: boolean;
  /** What the submit call already knew: a schedule's work goes to `scheduled`. */
  readonly queueHint: JobQueue | null;
  readonly submittedByKind: string;
  readonly ceilingMicrousd: number;
  readonly estimateMicrousd: number;
  readonly venture: {
    readonly key: string;
    readonly trusted: boolean;
    readonly demo: boolean;
    readonly capSet: boolean;
  };
  /** The sandbox that the fleet's workers have: its name, or none, or unknown. */
  readonly isolation: string;
}
