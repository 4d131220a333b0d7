/** A running program, as its starter hands it over. */
export interface Running {
  /** Settles when it has ended. */
  ended: Promise<{ code: number | null; signal: string | null }>;
  /** Ends it in order; settles when it has ended. */
  stop(): Promise<void>;
}

export interface SuperviseOptions<T extends Running> {
  /** What people call it. */
  name: string;
  /** Settles once it works. Called again after each unexpected end. */
  start(): Promise<T>;
  /** One line for people about each unexpected end and restart. */
  say(line: string): void;
  /** After it works again. */
  onRestart?(running: T): Promise<void> | void;
  /** Exit codes after which starting again will not help. */
  finalCodes?: readonly number[];
  /** Told once, when it ended with one of them. */
  onFinal?(code: number): void;
}

export interface Supervised<T extends Running> {
  /** The one that runs now, or ran last. */
  current(): T;
  /** Ends it and starts it again, as after an unexpected end. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const LONG_LIFE_MS = 60_000;

/**
 * Keeps a program running: when it ends by itself it is started again, at first after half a second, then after twice
 * as long each time up to 30 s; a minute of life forgets the past. The first start's failure is the caller's.
 */
export async function supervise<T extends Running>(options: SuperviseOptions<T>): Promise<Supervised<T>> {
  const stopping = new AbortController();
  let expected = false;
  let running = await options.start();
  let startedAt = performance.now();
  let wait = FIRST_WAIT_MS;

  const startAgain = async (firstWait: number): Promise<void> => {
    for (let next = firstWait; ; next = wait) {
      await pause(next, stopping.signal);
      if (stopping.signal.aborted) return;
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      try {
        running = await options.start();
        startedAt = performance.now();
        options.say(`${options.name} runs again.`);
        await options.onRestart?.(running);
        return;
      } catch (error) {
        options.say(`${options.name} did not start (${messageOf(error)}); trying again in ${wait / 1000} s.`);
      }
    }
  };

  const watch = async (): Promise<void> => {
    for (;;) {
      const { code, signal } = await running.ended;
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAt > LONG_LIFE_MS) wait = FIRST_WAIT_MS;
      const asked = expected;
      expected = false;
      if (!asked) {
        if (code !== null && options.finalCodes?.includes(code)) return options.onFinal?.(code);
        options.say(`${options.name} ended (${signal ?? `exit code ${code}`}); starting it again.`);
      }
      await startAgain(asked ? 0 : wait);
      if (stopping.signal.aborted) return;
    }
  };
  const watching = watch();

  return {
    current: () => running,
    restart: async () => {
      expected = true;
      await running.stop();
    },
    stop: async () => {
      stopping.abort();
      await running.stop();
      await watching;
      // One that was being started when the stop came.
      await running.stop();
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
