export const JOB_SIZES = ["small", "medium", "large"] as const;
export type JobSize = (typeof JOB_SIZES)[number];

export const RETRY_TIERS = ["small", "medium", "large", "approval_required"] as const;
export type RetryTier = (typeof RETRY_TIERS)[number];

export interface RetryRules {
  /** Counted failures that are followed by another run. */
  readonly retries: number;
  readonly backoff: "exponential" | "linear" | "none";
  readonly baseMs: number;
  readonly maxMs: number;
  /** False: the retry is held until a person releases it. */
  readonly retriesByItself: boolean;
}

const MINUTE = 60_000;

/** The defaults; the migration inserts the same numbers into public.retry_tiers and a test compares the two. */
export const RETRY_RULES: Readonly<Record<RetryTier, RetryRules>> = {
  small: {
    retries: 3,
    backoff: "exponential",
    baseMs: 10_000,
    maxMs: 10 * MINUTE,
    retriesByItself: true,
  },
  medium: {
    retries: 2,
    backoff: "exponential",
    baseMs: 30_000,
    maxMs: 30 * MINUTE,
    retriesByItself: true,
  },
  large: {
    retries: 1,
    backoff: "linear",
    baseMs: 5 * MINUTE,
    maxMs: 60 * MINUTE,
    retriesByItself: false,
  },
  approval_required: { retries: 0, backoff: "none", baseMs: 0, maxMs: 0, retriesByItself: false },
};

/** Default run timeouts by size, in milliseconds. */
export const RUN_TIMEOUTS_MS: Readonly<Record<JobSize, number>> = {
  small: 5 * MINUTE,
  medium: 30 * MINUTE,
  large: 120 * MINUTE,
};

/**
 * The wait before counted retry number `retry` (1 = the first), in milliseconds.
 * Exponential doubles from the base up to the maximum, and `random` (0 to 1) takes away up to half of it, so that
 * jobs that failed together do not come back together. Linear grows by the base and has no jitter: a person releases it.
 */
export function retryDelayMs(rules: RetryRules, retry: number, random: number): number {
  if (!Number.isInteger(retry) || retry < 1) throw new RangeError(`retry must be 1 or more, got ${retry}`);
  if (!(random >= 0 && random <= 1)) throw new RangeError(`random must be 0 to 1, got ${random}`);
  switch (rules.backoff) {
    case "none":
      return 0;
    case "linear":
      return Math.min(rules.maxMs, rules.baseMs * retry);
    case "exponential": {
      const full = Math.min(rules.maxMs, rules.baseMs * 2 ** Math.min(retry - 1, 52));
      return Math.round(full * (1 - random / 2));
    }
  }
}
