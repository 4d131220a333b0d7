import { readPolicyHistory, readStoredVersion, readWorld, type PeopleClient } from "@holdpoint/db/people";
import { readStoredPolicy } from "@holdpoint/db/policy-file";
import { BUILT_IN_POLICY, HoldpointError, parseDuration, simulatePolicy, unknownNamesIn } from "@holdpoint/policy";
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

/** Runs the jobs submitted since then through a proposed policy, beside the active one. Works also when that is rubbish. */
export async function simulate(
  context: Context,
  client: PeopleClient,
  proposed: Policy,
  since: string,
  listed: number,
): Promise<Simulated> {
  const from = new Date(context.clock.now() - parseDuration(since, "since"));
  const [active, world] = await Promise.all([readPolicy(client), readWorld(client)]);
  const { seen, classes } = await readPolicyHistory(client, from, (n) => context.progress(`${n} past jobs read`));
  context.progress("");
  const names = [...world.types.values()].map((type) => type.name);
  return {
    since: from.toISOString(),
    seen,
    active_version: active.version,
    ...simulatePolicy(classes, proposed, active.policy ?? BUILT_IN_POLICY, listed),
    warnings: [
      ...(active.problem === null ? [] : [`${active.problem} The built-in rules stand in for it here.`]),
      ...unknownNamesIn(proposed, [...new Set(names)], [...world.ventures.keys()]),
    ],
  };
}

/** The active policy as rules, or an earlier version. Throws when this program can't understand it. */
export async function readActivePolicy(client: PeopleClient, version?: number): Promise<Policy> {
  const { policy, problem } = await readPolicy(client, version);
  if (policy !== null) return policy;
  throw new HoldpointError("unavailable", "policy_unreadable", problem, { remedy: "Use the program's newer version." });
}

type ReadPolicy = { version: number } & (
  | { policy: Policy; problem: null }
  | { policy: null; /** Why this program can't understand it. */ problem: string }
);

async function readPolicy(client: PeopleClient, asked?: number): Promise<ReadPolicy> {
  const { version, source, document } = await readStoredVersion(client, asked);
  const read = readStoredPolicy(version, source, document);
  if (read.ok) return { version, policy: read.policy, problem: null };
  const [first] = read.problems;
  const where = `line ${first?.line ?? 0}, ${first?.message ?? "unknown"}`;
  return { version, policy: null, problem: `Version ${version} of the policy can't be understood: ${where}.` };
}
