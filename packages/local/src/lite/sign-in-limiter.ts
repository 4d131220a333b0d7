export interface LimiterRates {
  /** Tries that may come at once. */
  burst: number;
  /** After that, one more in so many milliseconds. */
  refillMs: number;
}

export interface SignInLimiterOptions {
  perEmail?: LimiterRates;
  global?: LimiterRates;
  /** Milliseconds on any steady clock; default `performance.now`. */
  now?: () => number;
}

const PER_EMAIL: LimiterRates = { burst: 10, refillMs: 30_000 };
const GLOBAL: LimiterRates = { burst: 60, refillMs: 500 };
const MAX_EMAILS = 10_000;

/**
 * Bounds how fast passwords can be guessed: a bucket per e-mail and one for all. Kept in memory; a restart fills them.
 * `take` answers 0 when the try may go on, else how many milliseconds to wait.
 */
export class SignInLimiter {
  readonly #perEmail: LimiterRates;
  readonly #global: LimiterRates;
  readonly #now: () => number;
  // A bucket is the time at which it will be full again: an absent one is full.
  readonly #emails = new Map<string, number>();
  #all = Number.NEGATIVE_INFINITY;

  constructor(options: SignInLimiterOptions = {}) {
    this.#perEmail = options.perEmail ?? PER_EMAIL;
    this.#global = options.global ?? GLOBAL;
    this.#now = options.now ?? (() => performance.now());
  }

  take(email: string | null): number {
    const now = this.#now();
    const all = nextFull(this.#all, this.#global, now);
    const own = email === null ? null : nextFull(this.#emails.get(email) ?? now, this.#perEmail, now);
    const wait = Math.max(waitOf(all, this.#global, now), own === null ? 0 : waitOf(own, this.#perEmail, now));
    if (wait > 0) return wait;
    this.#all = all;
    if (email !== null && own !== null) {
      this.#forgetFull(now);
      this.#emails.set(email, own);
    }
    return 0;
  }

  /** The right password: earlier wrong ones of this e-mail no longer count. */
  succeeded(email: string): void {
    this.#emails.delete(email);
  }

  #forgetFull(now: number): void {
    if (this.#emails.size < MAX_EMAILS) return;
    for (const [email, fullAt] of this.#emails) if (fullAt <= now) this.#emails.delete(email);
    // Nobody can have filled the map with names that are not full faster than the global bucket lets through.
  }
}

function nextFull(fullAt: number, rates: LimiterRates, now: number): number {
  return Math.max(fullAt, now) + rates.refillMs;
}

function waitOf(fullAt: number, rates: LimiterRates, now: number): number {
  return Math.max(0, Math.ceil(fullAt - now - rates.burst * rates.refillMs));
}
