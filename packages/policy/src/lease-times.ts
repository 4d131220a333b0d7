export const DEFAULT_LEASE_MS = 300_000;
export const MIN_LEASE_MS = 10_000;

/** Every time that derives from a lease of L milliseconds, each in milliseconds. */
export interface LeaseTimes {
  readonly leaseMs: number;
  /** Renew this often: L/30. */
  readonly renewEvery: number;
  /** Without a renewal for this long, take no new work: L/2. */
  readonly quietAfter: number;
  /** Without a renewal for this long, abort the handlers: L - L/10. */
  readonly abortAfter: number;
  /** A claim's answer that came later than this after sending is dropped and its request repeated: L/30. */
  readonly dropClaimAfter: number;
  /** A lease that its worker does not list for this long is freed: L/20. */
  readonly unlistedAfter: number;
  /** Kept free before the lease ends: an effect's not_after, and the wait after it: L/10. */
  readonly margin: number;
}

/** Derives all times of a lease; throws on a lease under 10 s or that is not a whole number. */
export function leaseTimes(leaseMs: number): LeaseTimes {
  if (!Number.isInteger(leaseMs) || leaseMs < MIN_LEASE_MS) {
    throw new RangeError(`a lease is a whole number of milliseconds, at least ${MIN_LEASE_MS}; got ${leaseMs}`);
  }
  const margin = Math.floor(leaseMs / 10);
  return {
    leaseMs,
    renewEvery: Math.floor(leaseMs / 30),
    quietAfter: Math.floor(leaseMs / 2),
    abortAfter: leaseMs - margin,
    dropClaimAfter: Math.floor(leaseMs / 30),
    unlistedAfter: Math.floor(leaseMs / 20),
    margin,
  };
}
