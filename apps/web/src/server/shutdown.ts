/** A request that takes longer than this when we are asked to leave is cut off. */
const GRACE_MS = 3_000;

/**
 * Open streams would keep the process from ending. At the first signal they are closed; their browsers come back by
 * cursor when there is a server again. Next ends the rest; what hangs is not waited for.
 */
export function endStreamsOnSignal(): void {
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    process.once(signal, () => {
      globalThis.holdpointTailer?.close().catch(() => undefined);
      setTimeout(() => process.exit(code), GRACE_MS).unref();
    });
  }
}
