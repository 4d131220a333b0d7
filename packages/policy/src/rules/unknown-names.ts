import type { Policy } from "./policy.ts";
import { unknownName } from "./problems.ts";

/**
 * Names of types and ventures in a policy's rules that this installation does not know, as sentences: a warning, since a
 * rule may be written before its type is announced.
 */
export function unknownNamesIn(policy: Policy, types: readonly string[], ventures: readonly string[]): string[] {
  return policy.rules.flatMap(({ name, when }) => [
    ...unknown(name, when.type, types, "type"),
    ...unknown(name, when.venture, ventures, "venture"),
  ]);
}

function unknown(rule: string, asked: readonly string[] | undefined, known: readonly string[], what: string): string[] {
  return (asked ?? [])
    .filter((one) => !known.includes(one))
    .map((one) => `Rule "${rule}": ${unknownName(one, known, what)}`);
}
