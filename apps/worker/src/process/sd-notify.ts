import koffi from "koffi";

/** Tells systemd how the process does. Does nothing where systemd did not ask for it. */
export interface Supervisor {
  ready(): void;
  stopping(): void;
  /** Between two calls at most this many ms may pass; null: nobody watches. */
  readonly watchdogMs: number | null;
  alive(): void;
  status(text: string): void;
}

const NOBODY: Supervisor = {
  ready: () => undefined,
  stopping: () => undefined,
  watchdogMs: null,
  alive: () => undefined,
  status: () => undefined,
};

/** The supervisor that NOTIFY_SOCKET names. Sends from this very process, so `NotifyAccess=main` holds. */
export function supervisorOf(env: NodeJS.ProcessEnv): Supervisor {
  if (!env["NOTIFY_SOCKET"]) return NOBODY;
  const notify = koffi.load("libsystemd.so.0").func("int sd_notify(int unset_environment, const char *state)");
  const send = (state: string): void => {
    notify(0, state);
  };
  const watchdogUsec = Number(env["WATCHDOG_USEC"] ?? 0);
  return {
    ready: () => send("READY=1"),
    stopping: () => send("STOPPING=1"),
    watchdogMs: watchdogUsec > 0 ? Math.floor(watchdogUsec / 1_000) : null,
    alive: () => send("WATCHDOG=1"),
    status: (text) => send(`STATUS=${text.replaceAll("\n", " ")}`),
  };
}
