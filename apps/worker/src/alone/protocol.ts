import type { AbortCause, VentureFacts } from "@holdpoint/sdk";

/** What the worker hands to the process that runs one suspect job. */
export interface AloneJob {
  readonly type: string;
  readonly jobId: string;
  readonly runNo: number;
  readonly payload: unknown;
  readonly refs: unknown;
  readonly dryRun: boolean;
  readonly venture: VentureFacts;
}

/** How an error crosses: by what the runtime looks at, not by its class. */
export interface AloneError {
  readonly name: string;
  readonly message: string;
  readonly errorClass?: string;
  readonly wait?: unknown;
  readonly reason?: string;
  readonly evidence?: unknown;
  readonly provider?: string;
}

export type ToChild =
  | { readonly kind: "job"; readonly job: AloneJob }
  | { readonly kind: "abort"; readonly why: AbortCause; readonly message: string }
  | { readonly kind: "runStep"; readonly call: number; readonly step: number }
  | { readonly kind: "answer"; readonly call: number; readonly value?: unknown; readonly error?: AloneError };

export type ToParent =
  | { readonly kind: "ready" }
  | { readonly kind: "write"; readonly stream: "log" | "stdout" | "stderr"; readonly text: string }
  | { readonly kind: "progress"; readonly progress: unknown }
  | { readonly kind: "spent"; readonly microusd: number }
  | {
      readonly kind: "ask";
      readonly call: number;
      readonly what: "step" | "artifact" | "evidence" | "quarantine" | "form" | "wait" | "beginEffect" | "finishEffect";
      readonly args: readonly unknown[];
    }
  | { readonly kind: "answer"; readonly call: number; readonly value?: unknown; readonly error?: AloneError }
  | { readonly kind: "done"; readonly value?: unknown; readonly error?: AloneError };

export function packError(error: unknown): AloneError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  return {
    name: error.name,
    message: error.message,
    ...("errorClass" in error && typeof error.errorClass === "string" ? { errorClass: error.errorClass } : {}),
    ...("wait" in error ? { wait: error.wait } : {}),
    ...("reason" in error && typeof error.reason === "string" ? { reason: error.reason } : {}),
    ...("evidence" in error ? { evidence: error.evidence } : {}),
    ...("provider" in error && typeof error.provider === "string" ? { provider: error.provider } : {}),
  };
}

export function unpackError(packed: AloneError): Error {
  const { name, message, ...rest } = packed;
  const error = new Error(message);
  error.name = name;
  return Object.assign(error, rest);
}
