const DEADLINE_MS = 8_000;

/** fetch that gives up after 8 s: a page must say that the database can't be reached, not hang. */
export const withDeadline: typeof fetch = (input, init) => {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  return fetch(input, {
    ...init,
    cache: "no-store",
    signal: init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
  });
};
