export { migrateBullmqSchema } from "./bullmq/migrate.ts";
export { createQueues } from "./create.ts";
export type {
  Consumer,
  ConsumeOptions,
  EpochMarker,
  ErrorListener,
  Handler,
  Hint,
  Message,
  QueueOptions,
  QueueServer,
  QueueTransport,
} from "./transport.ts";
