import { RUN_TIMEOUTS_MS } from "@holdpoint/policy";
import {
  BadInputError,
  BudgetError,
  BugError,
  defineJob,
  TimeoutError,
  TransientError,
  UnsafeError,
  z,
} from "@holdpoint/sdk";
import type { ConcurrencyStrategy, JobDefinition } from "@holdpoint/sdk";
import { Catalogue } from "../../../apps/worker/src/handlers/catalogue.ts";

const FAILURES = ["transient", "timeout", "bad_input", "bug", "budget", "unsafe"] as const;
export type Failure = (typeof FAILURES)[number];

/** What a job of the simulation does, told by its payload: the submitter knows, the fleet must not. */
export const simPayload = z.object({
  n: z.number(),
  /** How long a run takes. */
  ms: z.number(),
  /** The class by which its first `times` runs fail; after its effect, where it has one. */
  fails: z.object({ as: z.enum(FAILURES), times: z.number() }).nullable(),
  /** Its content must never be published. */
  unsafe: z.boolean(),
  /** Each process that runs it dies. */
  poison: z.boolean(),
  /** The provider of its effect does not know keys. */
  forgets: z.boolean(),
  /** Its concurrency key, of types that have one. */
  key: z.string().optional(),
  /** How long it sleeps and then waits for a signal at the most, in simulated milliseconds; of type review. */
  parks: z.object({ sleepMs: z.number(), waitMs: z.number() }).optional(),
});
export type SimPayload = z.output<typeof simPayload>;

type Facts = Pick<JobDefinition, "size" | "effectKinds"> & {
  queue?: "report";
  cost?: number;
  max?: number;
  strategy?: ConcurrencyStrategy;
};

/** Free, paid and approved work of every size. Cost and ceiling in micro-dollars; `max` is what the effect may cost. */
export const TYPES = {
  scan: { size: "small", effectKinds: [] },
  index: { size: "medium", effectKinds: [] },
  crunch: { size: "large", effectKinds: [] },
  report: { size: "small", effectKinds: [], queue: "report" },
  ask: { size: "small", effectKinds: ["other"], cost: 30_000, max: 50_000 },
  render: { size: "medium", effectKinds: ["other"], cost: 400_000, max: 900_000 },
  campaign: { size: "small", effectKinds: ["contact"], cost: 200_000, max: 250_000 },
  post: { size: "small", effectKinds: ["publish"] },
  /** The same plan each hour: what a standing approval is for. */
  digest: { size: "small", effectKinds: ["publish"] },
  /** Sleeps, waits for a signal, asks a person. */
  review: { size: "medium", effectKinds: [] },
  /** One of a key at a time. */
  sync: { size: "small", effectKinds: [], strategy: "queue" },
  preview: { size: "small", effectKinds: [], strategy: "cancel_old" },
  backup: { size: "small", effectKinds: [], strategy: "skip" },
  deploy: { size: "small", effectKinds: [], strategy: "newest_waiting" },
} as const satisfies Record<string, Facts>;
export type TypeName = keyof typeof TYPES;

export const isTypeName = (name: string): name is TypeName => Object.hasOwn(TYPES, name);

/** Those that do nothing outside without a person. */
export const GATED: readonly TypeName[] = ["campaign", "post", "digest"];

/** The real catalogue, of definitions that the real `defineJob` made. What they do is in perform.ts. */
export function simCatalogue(): Catalogue {
  const catalogue = new Catalogue();
  for (const [name, facts] of Object.entries<Facts>(TYPES)) {
    catalogue.add(
      defineJob({
        name,
        version: 1,
        payload: simPayload,
        size: facts.size,
        effectKinds: [...facts.effectKinds],
        ...(facts.queue !== undefined && { queue: facts.queue }),
        ...(facts.cost !== undefined && { estimateMicrousd: facts.cost, ceilingMicrousd: facts.max ?? facts.cost }),
        ...(facts.strategy !== undefined && { concurrency: { key: "{key}", strategy: facts.strategy } }),
        timeoutMs: RUN_TIMEOUTS_MS[facts.size],
        run: () => {
          throw new Error("the simulation runs its jobs itself");
        },
      }),
      "the simulated week",
    );
  }
  return catalogue;
}

/** The failure that a payload asks for, as a handler would throw it. */
export function failureOf(as: Failure): Error {
  switch (as) {
    case "transient":
      return new TransientError("The service answered 503.");
    case "timeout":
      return new TimeoutError("It took too long.");
    case "bad_input":
      return new BadInputError("There is no such page.");
    case "bug":
      return new BugError("undefined is not a function");
    case "budget":
      return new BudgetError("It would cost more than it may.");
    case "unsafe":
      return new UnsafeError("It says what must not be said.");
    default:
      return as satisfies never;
  }
}
