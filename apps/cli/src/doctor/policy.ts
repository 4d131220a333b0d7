import { HoldpointError } from "@holdpoint/policy";
import { readActivePolicy } from "../core/simulation.ts";
import { check, type Checker } from "./check.ts";

/** The active policy can be understood by this version: else nothing is decided by workers of it. */
export const checkPolicyInForce: Checker = async (context) => {
  try {
    const { version, rules } = await readActivePolicy(await context.client());
    const count = rules.length === 1 ? "one rule" : `${rules.length} rules`;
    return [check("policy", "pass", `Version ${version} is in force, with ${count} over the built-in ones.`)];
  } catch (error) {
    const failure = error instanceof HoldpointError ? error : null;
    if (failure?.reason === "policy_unreadable") {
      const remedy = "Activate a sound one: holdpoint policy activate FILE";
      return [check("policy", "fail", `Nothing is decided: ${failure.message}`, remedy)];
    }
    return [check("policy", "skip", `Not looked at: ${failure?.message ?? "the policy could not be read."}`)];
  }
};
