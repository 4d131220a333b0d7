export { TrustedSubmitter } from "./duties/admission/submit-trusted.ts";
export type { FleetSubmission } from "./duties/admission/submit-trusted.ts";
export { EXIT } from "./exit-codes.ts";
export { readEnv } from "./env.ts";
export type { WorkerEnv } from "./env.ts";
export { Catalogue } from "./handlers/catalogue.ts";
export { loadHandlers } from "./handlers/load.ts";
