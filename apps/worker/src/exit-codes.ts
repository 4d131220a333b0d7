/** How a worker process ends; systemd's unit and `npm start` act on these. */
export const EXIT = {
  /** Asked to stop, drained or killed: everything was handed back, and it stays away. */
  done: 0,
  /** Something unexpected went wrong. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The environment or the handlers are wrong, or another worker holds the lock: starting again will not help. */
  config: 3,
  /** The process left by itself (ended by the fleet, or a handler that ignored its abort): start it again. */
  startAgain: 75,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
