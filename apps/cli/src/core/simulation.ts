import { readPolicyHistory, readStoredVersion, readWorld, type PeopleClient } from "@holdpoint/db/people";
import { readStoredPolicy } from "@holdpoint/db/policy-file";
import { HoldpointError, parseDuration, simulatePolicy, unknownNamesIn } from "@holdpoint/policy";
import type { Policy, Simulation } from "@holdpoint/policy";
import type { Context } from "./context.ts";

/** What would have been, with what it was compared with. */
export interface Simulated extends Simulation {
  since: string;
  /** Jobs looked at; those that nobody has decided, and those of demo ventures, are left out. */
  seen: number;
  active_version: number;
  warnings: string[];
}

/** Runs the jobs submitted since then through a proposed policy, beside the active one. */
export async function simulate(
  context: Context,
  client: PeopleClient,
  proposed: Policy,
  since: string,
  listed: number,
): Promise<Simulated> {
  const from = new Date(context.clock.now() - parseDuration(since, "since"));
  const [active, world] = await Promise.all([readActivePolicy(client), readWorld(client)]);
  const { seen, classes } = await readPolicyHistory(client, from, (n) => context.progress(`${n} past jobs read`));
  context.progress("");
  const names = [...world.types.values()].map((type) => type.name);
  return {
    since: from.toISOString(),
    seen,
    active_version: active.version,
    ...simulatePolicy(classes, proposed, active, listed),
    warnings: unknownNamesIn(proposed, [...new Set(names)], [...world.ventures.keys()]),
  };
}

/** The active policy as rules, or an earlier version. Throws when this program can't understand it. */
export async function readActivePolicy(client: PeopleClient, version?: number): Promise<Policy> {
  const stored = await readStoredVersion(client, version);
  const read = readStoredPolicy(stored.version, stored.source, stored.document);
  if (read.ok) return read.policy;
  const [first] = read.problems;
  throw new HoldpointError(
    "unavailable",
    "policy_unreadable",
    `Version ${stored.version} of the policy can't be understood by this program: line ${first?.line ?? 0}, ${first?.message ?? "unknown"}.`,
    { remedy: "Use the program's newer version." },
  );
}
