export { EXIT } from "./exit-codes.ts";
export { readEnv } from "./env.ts";
export type { WorkerEnv } from "./env.ts";
