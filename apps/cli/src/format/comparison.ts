import type { ComparedFact, Comparison } from "@holdpoint/policy";
import { differenceWords } from "@holdpoint/policy";
import { short } from "./clean.ts";
import { table } from "./table.ts";

/** Two jobs fact by fact: what differs, or all. */
export function comparisonText(a: string, b: string, comparison: Comparison, all: boolean): string {
  const shown = comparison.facts.filter((one) => all || !one.same);
  const words = differenceWords(comparison);
  const first = words === null ? "Nothing differs." : `First difference: ${short(words, 200)}`;
  if (shown.length === 0) return first;
  const cell = (fact: ComparedFact, value: string | null): string => short(value ?? "–", 50);
  const rows = shown.map((one) => [
    one.same ? "" : "≠",
    one.group,
    short(one.name, 40),
    cell(one, one.a),
    cell(one, one.b),
  ]);
  return `${table(["", "GROUP", "FACT", short(a, 13), short(b, 13)], rows)}\n\n${first}`;
}
