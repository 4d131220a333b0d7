import { chooseRecovery, compareJobs, differenceWords } from "@holdpoint/policy";
import type { ChosenPlan, ComparedFact } from "@holdpoint/policy";
import { readStoredPolicy } from "../policy-file/read-policy-source.ts";
import type { PeopleClient } from "./client.ts";
import { readStoredVersion } from "./policies.ts";
import { readIncident, type IncidentPack } from "./read-incident.ts";

/** An incident with what packages/policy says of it. */
export interface IncidentReport extends IncidentPack {
  /** The recovery plan of its failure class. */
  readonly recovery: ChosenPlan;
  /** The first fact that differs from the last job of its type that succeeded; null: nothing, or none did. */
  readonly changed: ComparedFact | null;
  /** The same in words. */
  readonly changed_words: string | null;
}

/** One incident, its recovery plan by the policy in force, and what has changed since its type last worked. */
export async function readIncidentReport(client: PeopleClient, id: string): Promise<IncidentReport> {
  const [pack, stored] = await Promise.all([readIncident(client, id), readStoredVersion(client)]);
  const read = readStoredPolicy(stored.version, stored.source, stored.document);
  const { incident, type, job, decisions, facts, last_good } = pack;
  const recovery = chooseRecovery(
    {
      errorClass: incident.error_class,
      reason: incident.reason,
      effectKinds: type?.effect_kinds ?? [],
      ceilingMicrousd: job?.ceiling_microusd ?? 0,
      releases: decisions.filter((one) => one.verb === "release").length,
    },
    // A policy that this version can't read has no plans of its own; the built-in ones stand.
    read.ok ? read.policy.recovery : [],
  );
  const compared = facts === null || last_good === null ? null : compareJobs(facts, last_good);
  const changed_words = compared === null ? null : differenceWords(compared);
  return { ...pack, recovery, changed: compared?.first ?? null, changed_words };
}
