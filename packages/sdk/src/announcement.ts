import { createHash } from "node:crypto";
import type { FormField } from "@holdpoint/policy";
import { z } from "zod";
import type { AnnouncedConcurrency } from "./concurrency.ts";
import type { JobDefinition } from "./define.ts";
import type { EffectKind, JobSize, JobTypeQueue } from "./names.ts";

/** One entry of `register_worker`'s `p_types`. */
export interface JobTypeAnnouncement {
  name: string;
  version: number;
  description: string;
  payload_schema: Record<string, unknown>;
  size: JobSize;
  queue: JobTypeQueue | null;
  estimate_microusd: number;
  ceiling_microusd: number;
  timeout_ms: number;
  lease_ms: number | null;
  effect_kinds: readonly EffectKind[];
  approval: boolean;
  form: readonly FormField[];
  providers: readonly string[];
  concurrency: AnnouncedConcurrency | null;
  code_hash: string;
}

/**
 * What a worker says about a job type. `codeHash` names the code (say, the sha256 of the handler's file); without it
 * the functions' source text is hashed, which does not see what they import.
 */
export function toAnnouncement(definition: JobDefinition, codeHash?: string): JobTypeAnnouncement {
  return {
    name: definition.name,
    version: definition.version,
    description: definition.description,
    payload_schema: { ...z.toJSONSchema(definition.payload, { io: "input" }) },
    size: definition.size,
    queue: definition.queue,
    estimate_microusd: definition.estimateMicrousd,
    ceiling_microusd: definition.ceilingMicrousd,
    timeout_ms: definition.timeoutMs,
    lease_ms: definition.leaseMs,
    effect_kinds: definition.effectKinds,
    approval: definition.approval,
    form: definition.form,
    providers: definition.providers,
    concurrency: definition.concurrency,
    code_hash: codeHash ?? createHash("sha256").update(definition.source).digest("hex"),
  };
}
