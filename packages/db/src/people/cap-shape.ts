import { z } from "zod";
import { amount } from "./amount.ts";
import { instant, maybeInstant } from "./instant.ts";

export const capPeriods = ["day", "week"] as const;

/** Whose cap: a venture's, or (none named) the whole fleet's. */
export const capTarget = { venture: z.string().optional(), period: z.enum(capPeriods) };

/** Whole micro-dollars, zero or more. */
export const microusd = z.int("must be whole micro-dollars").nonnegative("must be zero or more");

/** A cap with what is committed under it in the period that runs. */
export const cap = z.object({
  /** Null: the whole fleet. */
  venture: z.string().nullable(),
  period: z.enum(capPeriods),
  /** The period's first day in the fleet's time zone. */
  starts: z.string(),
  ends_at: instant,
  /** The cap in force; base_microusd is what it falls back to after an override. */
  cap_microusd: amount,
  base_microusd: amount,
  threshold_microusd: amount.nullable(),
  override_until: maybeInstant,
  override_by: z.string().nullable(),
  captured_microusd: amount,
  authorised_microusd: amount,
  reserved_microusd: amount,
  overrun_microusd: amount,
  left_microusd: amount,
  /** Paid work waits for room under it. */
  blocked: z.boolean(),
  /** Paid work of the venture waits until an admin has looked at an overrun. */
  overrun_blocked: z.boolean(),
  set_by: z.string(),
  set_at: instant,
});
export type Cap = z.output<typeof cap>;
