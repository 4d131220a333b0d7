import { approvalRequirementSchema, EFFECT_KINDS, JOB_QUEUES, JOB_SIZES, pastFacts } from "@holdpoint/policy";
import type { PastClass, TypeFacts } from "@holdpoint/policy";
import { z } from "zod";
import { amount } from "./amount.ts";
import { answer, callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const PAGE = 25_000;

const pastClass = z.object({
  type: z.string(),
  type_version: z.number(),
  venture: z.string(),
  urgent: z.boolean(),
  submitted_by_kind: z.string(),
  estimate_microusd: amount,
  ceiling_microusd: amount,
  decision: z.enum(["queued", "held", "refused"]),
  rule: z.string().nullable(),
  approval: approvalRequirementSchema.nullable(),
  jobs: z.number(),
  cost_microusd: amount,
  ids: z.array(z.string()),
});
const page = z.object({ seen: z.number(), next: z.string().nullable(), classes: z.array(pastClass) });

const knownType = z.object({
  name: z.string(),
  version: z.number(),
  size: z.enum(JOB_SIZES),
  queue: z.enum(JOB_QUEUES).nullable(),
  effect_kinds: z.array(z.enum(EFFECT_KINDS)),
  approval: z.boolean(),
});

export interface PolicyHistory {
  /** Jobs that were looked at; those that nobody has decided, and those of demo ventures, are in no class. */
  readonly seen: number;
  readonly classes: readonly PastClass[];
}

/**
 * What was decided about the jobs submitted since then, with their facts rebuilt: a job's own and its type's as they were,
 * its venture's as they are now. Reads in pages; needs a role in the fleet. `onPage` is told how many were seen.
 */
export async function readPolicyHistory(
  client: PeopleClient,
  since: Date,
  onPage: (seen: number) => void = () => undefined,
): Promise<PolicyHistory> {
  const world = await readWorld(client);
  const classes: PastClass[] = [];
  let [before, seen]: [string | null, number] = [null, 0];
  do {
    const args = { p_since: since.toISOString(), p_before: before, p_limit: PAGE };
    const found: z.output<typeof page> = await callRpc(client, "policy_history", args, page);
    for (const one of found.classes) classes.push(classOf(one, world));
    seen += found.seen;
    before = found.next;
    onPage(seen);
  } while (before !== null);
  return { seen, classes };
}

export interface PolicyWorld {
  /** By "name version". */
  readonly types: ReadonlyMap<string, TypeFacts>;
  readonly ventures: ReadonlyMap<string, PastClass["facts"]["venture"]>;
}

/** What rules speak of beside the jobs: all known types, and the ventures that the caller may see. */
export async function readWorld(client: PeopleClient): Promise<PolicyWorld> {
  const columns = Object.keys(knownType.shape).join(",");
  const ventureShape = z.object({ key: z.string(), trusted: z.boolean(), demo: z.boolean() });
  const [types, ventures, caps] = await Promise.all([
    answer(client.from("job_types").select(columns).limit(10_000), z.array(knownType), "job_types"),
    answer(client.from("ventures").select("key,trusted,demo").limit(10_000), z.array(ventureShape), "ventures"),
    answer(client.from("caps").select("scope").limit(1), z.array(z.unknown()), "caps"),
  ]);
  return {
    types: new Map(types.map((type) => [`${type.name} ${type.version}`, typeFacts(type)])),
    ventures: new Map(ventures.map((one) => [one.key, { ...one, capSet: caps.length > 0 }])),
  };
}

function typeFacts(type: z.output<typeof knownType>): TypeFacts {
  const { name, version, size, queue, effect_kinds: effectKinds, approval } = type;
  return { name, version, size, queue, effectKinds, approval };
}

function classOf(one: z.output<typeof pastClass>, { types, ventures }: PolicyWorld): PastClass {
  const job = {
    type: one.type,
    typeVersion: one.type_version,
    urgent: one.urgent,
    submittedByKind: one.submitted_by_kind,
    estimateMicrousd: one.estimate_microusd,
    ceilingMicrousd: one.ceiling_microusd,
    rule: one.rule,
    reason: null,
  };
  const type = types.get(`${one.type} ${one.type_version}`) ?? null;
  const venture = ventures.get(one.venture) ?? { key: one.venture, trusted: false, demo: false, capSet: false };
  return {
    facts: pastFacts(job, type, venture),
    decision: one.decision,
    rule: one.rule,
    approval: one.approval,
    jobs: one.jobs,
    costMicrousd: one.cost_microusd,
    ids: one.ids,
  };
}
