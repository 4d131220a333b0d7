export { probeIsolation } from "./probe.ts";
export type { Isolation, ProbeOptions } from "./probe.ts";
export { DEFAULT_LIMITS, PROVIDER_NAMES } from "./types.ts";
export type { KillReason, ProviderName, SandboxLimits, SandboxProvider, SandboxResult, SandboxSpec } from "./types.ts";
