import type { EffectKind } from "./states.ts";
import { EFFECTS_NEEDING_APPROVAL } from "./rules/built-in.ts";
import type { RiskyKind } from "./rules/built-in.ts";
import type { Policy } from "./rules/policy.ts";

export const MODES = ["DEMO", "LOCAL", "READINESS ONLY", "RUNNING", "DEGRADED", "PAUSED", "STOPPED"] as const;
export type Mode = (typeof MODES)[number];

export interface ModeFacts {
  /** The local stack: embedded PostgreSQL and Lite on one machine. */
  readonly local: boolean;
  /** Only demo ventures exist. */
  readonly demoOnly: boolean;
  /** A stop of scope everything that is not lifted. */
  readonly stopped: boolean;
  readonly paused: boolean;
  /** Workers that have not ended, and those of them whose label is LIVE. */
  readonly workers: number;
  readonly liveWorkers: number;
  /** Names of the trust checks that fail now. */
  readonly failingChecks: readonly string[];
}

/** The mode of the installation and the sentence under it. The gravest that holds wins; nobody sets it. */
export function installationMode(facts: ModeFacts): { mode: Mode; sentence: string } {
  const heard = `${facts.liveWorkers} of ${facts.workers} ${facts.workers === 1 ? "worker" : "workers"} at work.`;
  if (facts.stopped) return { mode: "STOPPED", sentence: "Stopped. Nothing starts until an admin lifts the stop." };
  if (facts.paused) return { mode: "PAUSED", sentence: `Paused. What runs goes on, nothing new starts. ${heard}` };
  if (facts.liveWorkers === 0) {
    return { mode: "READINESS ONLY", sentence: "Configured, but no worker is heard from. Nothing runs." };
  }
  const [first] = facts.failingChecks;
  if (first !== undefined) {
    const more = facts.failingChecks.length > 1 ? ` and ${facts.failingChecks.length - 1} more` : "";
    return { mode: "DEGRADED", sentence: `Running, but a trust check fails: ${first}${more}. ${heard}` };
  }
  if (facts.demoOnly) return { mode: "DEMO", sentence: `Demo ventures only: nothing here is real. ${heard}` };
  return facts.local
    ? { mode: "LOCAL", sentence: `Running on this machine. ${heard}` }
    : { mode: "RUNNING", sentence: `Running. ${heard}` };
}

export interface GuaranteeFacts {
  /** Effect kinds that the active policy holds for a person. */
  readonly approvalKinds: readonly EffectKind[];
  /** Paid work runs without a person somewhere (a cap is set and its threshold is above zero). */
  readonly automaticSpend: boolean;
  /** The last check that no secret value is stored or shown: passed, failed, or null when it is not fresh. */
  readonly secretsCheck: boolean | null;
  /** Every write goes through a granted function: the last sweep of grants, as above. */
  readonly grantsCheck: boolean | null;
}

export interface Guarantee {
  readonly name:
    | "CONTROLLED RUNTIME"
    | "NO AUTO DEPLOY"
    | "NO AUTO SPEND"
    | "NO AUTO CONTACT"
    | "NO SECRET VALUES SHOWN";
  /** True: holds. False: someone relaxed it or a check failed. Null: not shown by fresh evidence. */
  readonly holds: boolean | null;
}

/** Standing guarantees, from the active policy and the last trust check. */
export function standingGuarantees(facts: GuaranteeFacts): Guarantee[] {
  const held = (kind: EffectKind) => facts.approvalKinds.includes(kind);
  return [
    { name: "CONTROLLED RUNTIME", holds: facts.grantsCheck },
    { name: "NO AUTO DEPLOY", holds: held("deploy") && held("push") },
    { name: "NO AUTO SPEND", holds: held("spend") && !facts.automaticSpend },
    { name: "NO AUTO CONTACT", holds: held("contact") && held("publish") },
    { name: "NO SECRET VALUES SHOWN", holds: facts.secretsCheck },
  ];
}

/** The kinds that a policy holds for a person without exception: no rule of it allows one, for whatever jobs. */
export function approvalKindsOf(policy: Policy): EffectKind[] {
  const allowed = policy.rules.map((rule) => rule.outcome).filter((outcome) => outcome.kind === "allow");
  const relaxed = (kind: RiskyKind): boolean =>
    allowed.some(({ rule, kinds }) => rule === "effect_approval" && (kinds === null || kinds.includes(kind)));
  return EFFECTS_NEEDING_APPROVAL.filter((kind) => !relaxed(kind));
}
