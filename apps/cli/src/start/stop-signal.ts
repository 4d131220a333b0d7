/** Thrown through the start when someone asked to stop before it was done. */
export class StopAsked extends Error {
  override readonly name = "StopAsked";
}

const PARENT_LOOK_MS = 500;

/**
 * Aborted at Ctrl-C, SIGTERM, a closed terminal, or when the npm that started us is gone (it does not hand on a
 * SIGTERM of its own). A second Ctrl-C calls `again`.
 */
export function stopSignal(again: () => void): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onSignal = (): void => (controller.signal.aborted ? again() : controller.abort(new StopAsked("asked to stop")));
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.env["npm_lifecycle_event"] !== undefined && process.ppid !== parent && !controller.signal.aborted) {
      controller.abort(new StopAsked("the npm that started us has ended"));
    }
  }, PARENT_LOOK_MS);
  look.unref();
  return {
    signal: controller.signal,
    release: () => {
      clearInterval(look);
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(name, onSignal);
    },
  };
}
