import { formSchema } from "@holdpoint/policy";
import type { FormField, FormFieldInput } from "@holdpoint/policy";
import type { z } from "zod";
import { concurrencyKeyOf } from "./concurrency.ts";
import type { AnnouncedConcurrency, ConcurrencyOptions } from "./concurrency.ts";
import type { JobContext, ResolveContext } from "./context.ts";
import { BadInputError } from "./errors.ts";
import type { EffectKind, JobSize, JobTypeQueue } from "./names.ts";
import { checkOptions } from "./validate.ts";

/** References of a job type without `resolve`. */
export type NoRefs = Record<string, never>;

/** What an author writes. Put `resolve` before `run`, so that TypeScript knows its answer in `ctx.refs`. */
export interface JobOptions<Schema extends z.ZodType, Refs> {
  /** `^[a-z][a-z0-9_]{0,62}$` */
  name: string;
  /** A whole number from 1; raise it with every change of the payload schema or of the effects. */
  version: number;
  description?: string;
  /** Of a JSON object. Payloads are parsed by it at admission and again before each run. */
  payload: Schema;
  /** Decides the retries (small 3, medium 2, large 1 that a person releases) and the longest run. */
  size: JobSize;
  /** Where ready jobs wait; by default decided per job. Only `report` is usually named. */
  queue?: JobTypeQueue;
  /** What a run should cost, in millionths of a dollar; 0 by default. */
  estimateMicrousd?: number;
  /** The most a run may cost; the estimate by default. */
  ceilingMicrousd?: number;
  /** The longest a run may take, in milliseconds. */
  timeoutMs: number;
  /** The lease of a run, in milliseconds from 10,000; the installation's setting by default. */
  leaseMs?: number;
  /** Everything the handler does outside, by kind. A kind that is not declared here is refused. */
  effectKinds?: readonly EffectKind[];
  /** True: every job of this type waits for a person's approval of its plan. */
  approval?: boolean;
  /** Values that the approver fills in; the handler reads them with `ctx.form()`. */
  form?: readonly FormFieldInput[];
  /** Outside services that its runs need, e.g. `github`: a rate limit, a pause or an outage of one holds the type back. */
  providers?: readonly string[];
  /** Of jobs with the same key only so many run at once. */
  concurrency?: ConcurrencyOptions<z.output<Schema>>;
  /**
   * Turns what can move (a branch) into what can't (a commit) before admission; its answer is part of the plan that is
   * approved. Must be plain JSON, quick, and without effects.
   */
  resolve?(payload: z.output<Schema>, ctx: ResolveContext): Promise<Refs> | Refs;
  /** Does the work. What it returns must be plain JSON and is kept as the job's result. */
  run(ctx: JobContext<z.output<Schema>, Refs>): Promise<unknown> | unknown;
}

/** A checked job type, defaults filled in. `JobDefinition` without arguments holds any of them. */
export interface JobDefinition<Payload = unknown, Refs = unknown, Input = unknown> {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly payload: z.ZodType<Payload, Input>;
  readonly size: JobSize;
  readonly queue: JobTypeQueue | null;
  readonly estimateMicrousd: number;
  readonly ceilingMicrousd: number;
  readonly timeoutMs: number;
  readonly leaseMs: number | null;
  readonly effectKinds: readonly EffectKind[];
  readonly approval: boolean;
  readonly form: readonly FormField[];
  readonly providers: readonly string[];
  readonly concurrency: AnnouncedConcurrency | null;
  readonly hasResolve: boolean;
  /** The source text of `resolve` and `run`, for a code hash of last resort. */
  readonly source: string;
  /** The concurrency key of a payload; null: the type has none. Throws when it can't be computed. */
  concurrencyKey(payload: Payload): string | null;
  resolve(payload: Payload, ctx: ResolveContext): Promise<Refs>;
  run(ctx: JobContext<Payload, Refs>): Promise<unknown>;
}

const marker = Symbol.for("holdpoint.job-definition/1");

/**
 * Defines a job type. Throws a DefinitionError that lists every problem, with the nearest valid name for an option
 * that is unknown.
 */
export function defineJob<Schema extends z.ZodType, Refs = NoRefs>(
  options: JobOptions<Schema, Refs>,
): JobDefinition<z.output<Schema>, Refs, z.input<Schema>> {
  checkOptions(options);
  const estimate = options.estimateMicrousd ?? 0;
  const definition = {
    name: options.name,
    version: options.version,
    description: options.description ?? "",
    payload: options.payload as z.ZodType<z.output<Schema>, z.input<Schema>>,
    size: options.size,
    queue: options.queue ?? null,
    estimateMicrousd: estimate,
    ceilingMicrousd: options.ceilingMicrousd ?? estimate,
    timeoutMs: options.timeoutMs,
    leaseMs: options.leaseMs ?? null,
    effectKinds: [...new Set(options.effectKinds)].toSorted(),
    approval: options.approval ?? false,
    form: formSchema.parse(options.form ?? []),
    providers: [...new Set(options.providers)].toSorted(),
    concurrency:
      options.concurrency === undefined
        ? null
        : { limit: options.concurrency.limit ?? 1, strategy: options.concurrency.strategy ?? "queue" },
    hasResolve: options.resolve !== undefined,
    source: [options.resolve, options.run, options.concurrency?.key].map(String).join("\n"),
    concurrencyKey(payload: z.output<Schema>): string | null {
      return options.concurrency === undefined ? null : concurrencyKeyOf(options.concurrency.key, payload);
    },
    async resolve(payload: z.output<Schema>, ctx: ResolveContext): Promise<Refs> {
      return options.resolve === undefined ? ({} as Refs) : await options.resolve(payload, ctx);
    },
    async run(ctx: JobContext<z.output<Schema>, Refs>): Promise<unknown> {
      return await options.run(ctx);
    },
    [marker]: true,
  };
  return Object.freeze(definition);
}

/** Whether a value (say, a module's default export) came from `defineJob`, also of another copy of this package. */
export function isJobDefinition(value: unknown): value is JobDefinition {
  return typeof value === "object" && value !== null && marker in value;
}

/** Parses a payload by the type's schema. Throws BadInputError naming every field that does not fit. */
export function parsePayload<Payload>(definition: JobDefinition<Payload>, raw: unknown): Payload {
  const parsed = definition.payload.safeParse(raw);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const field = issue.path.map(String).join(".");
    return field === "" ? issue.message : `${field}: ${issue.message}`;
  });
  const field = parsed.error.issues[0]?.path.map(String).join(".");
  throw new BadInputError(
    `The payload does not fit ${definition.name} v${definition.version}: ${problems.join("; ")}`,
    {
      reason: "payload_invalid",
      field: field === undefined || field === "" ? "payload" : `payload.${field}`,
    },
  );
}
