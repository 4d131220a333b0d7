import {
  approvalRequirementSchema,
  EFFECT_KINDS,
  HoldpointError,
  JOB_QUEUES,
  JOB_SIZES,
  pastFacts,
} from "@holdpoint/policy";
import type { PastClass, TypeFacts } from "@holdpoint/policy";
import { z } from "zod";
import { answer, callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const PAGE = 25_000;

/** Lists side by side, one element per class: a hundred thousand objects would take seconds to write and to read. */
const columns = z.object({
  type: z.array(z.string()),
  type_version: z.array(z.number()),
  venture: z.array(z.string()),
  urgent: z.array(z.boolean()),
  submitted_by_kind: z.array(z.string()),
  estimate_microusd: z.array(z.int()),
  ceiling_microusd: z.array(z.int()),
  decision: z.array(z.enum(["queued", "held", "refused"])),
  rule: z.array(z.string().nullable()),
  approval: z.array(approvalRequirementSchema.nullable()),
  jobs: z.array(z.number()),
  cost_microusd: z.array(z.int()),
  ids: z.array(z.array(z.string())),
});
type Columns = z.output<typeof columns>;
const page = z.object({ seen: z.number(), next: z.string().nullable(), classes: columns });

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
    for (let at = 0; at < found.classes.type.length; at++) classes.push(classAt(found.classes, at, world));
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
  const names = Object.keys(knownType.shape).join(",");
  const ventureShape = z.object({ key: z.string(), trusted: z.boolean(), demo: z.boolean() });
  const [types, ventures, caps] = await Promise.all([
    answer(client.from("job_types").select(names).limit(10_000), z.array(knownType), "job_types"),
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

function classAt(lists: Columns, at: number, { types, ventures }: PolicyWorld): PastClass {
  const key = cell(lists.venture, at);
  const rule = cell(lists.rule, at);
  const job = {
    type: cell(lists.type, at),
    typeVersion: cell(lists.type_version, at),
    urgent: cell(lists.urgent, at),
    submittedByKind: cell(lists.submitted_by_kind, at),
    estimateMicrousd: cell(lists.estimate_microusd, at),
    ceilingMicrousd: cell(lists.ceiling_microusd, at),
    rule,
    reason: null,
  };
  const type = types.get(`${job.type} ${job.typeVersion}`) ?? null;
  const venture = ventures.get(key) ?? { key, trusted: false, demo: false, capSet: false };
  return {
    facts: pastFacts(job, type, venture),
    decision: cell(lists.decision, at),
    rule,
    approval: cell(lists.approval, at),
    jobs: cell(lists.jobs, at),
    costMicrousd: cell(lists.cost_microusd, at),
    ids: cell(lists.ids, at),
  };
}

function cell<T>(list: readonly T[], at: number): T {
  const found = list[at];
  if (found === undefined)
    throw new HoldpointError("internal", "unexpected_answer", "policy_history answered lists of different lengths.");
  return found;
}
