export { probeIsolation } from "./probe.ts";
export type { Isolation } from "./probe.ts";
export { DEFAULT_LIMITS } from "./types.ts";
export type { KillReason, SandboxLimits, SandboxProvider, SandboxResult, SandboxSpec } from "./types.ts";
