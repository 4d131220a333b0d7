import { z } from "zod";

/** What becomes of a job that comes while as many of its key run as may. */
export const CONCURRENCY_STRATEGIES = ["queue", "skip", "cancel_old", "newest_waiting"] as const;
export type ConcurrencyStrategy = (typeof CONCURRENCY_STRATEGIES)[number];

/** Of the type's jobs with the same key, in the same venture, only so many run at once. */
export interface ConcurrencyOptions<Payload> {
  /** A text computed from the payload, at admission: a function, or a template such as `{repo}/{branch}`. At most 200 characters. */
  key: string | ((payload: Payload) => string);
  /** How many with the same key run at once; 1 by default. */
  limit?: number;
  /**
   * `queue` (default): it waits, the oldest goes first. `skip`: it is canceled. `cancel_old`: those before it are
   * canceled, running ones too, and it starts when they have ended. `newest_waiting`: it waits, and replaces what waits.
   */
  strategy?: ConcurrencyStrategy;
}

/** The same with defaults, as a worker announces it; without the key, which is code. */
export interface AnnouncedConcurrency {
  readonly limit: number;
  readonly strategy: ConcurrencyStrategy;
}

export const concurrencySchema = z.strictObject({
  key: z.union([
    z.string().min(1).max(200),
    z.custom<(payload: never) => string>((value) => typeof value === "function", "must be a text or a function"),
  ]),
  limit: z.int().min(1).max(1_000_000).optional(),
  strategy: z.enum(CONCURRENCY_STRATEGIES).optional(),
});

const LONGEST = 200;

/** Computes the key of one payload. Throws an Error that says what is wrong with it. */
export function concurrencyKeyOf<Payload>(key: ConcurrencyOptions<Payload>["key"], payload: Payload): string {
  const text: unknown = typeof key === "function" ? key(payload) : fill(key, payload);
  if (typeof text !== "string" || text.length > LONGEST) {
    throw new Error(`The concurrency key must be a text of at most ${LONGEST} characters.`);
  }
  return text;
}

function fill(template: string, payload: unknown): string {
  return template.replaceAll(/\{([\w.]+)\}/g, (_, path: string) => {
    let at: unknown = payload;
    for (const name of path.split(".")) {
      at = typeof at === "object" && at !== null ? (at as { [name: string]: unknown })[name] : undefined;
    }
    if (typeof at === "string" || typeof at === "number" || typeof at === "boolean") return String(at);
    throw new Error(`The concurrency key names ${path}, which is no text, number or boolean in the payload.`);
  });
}
