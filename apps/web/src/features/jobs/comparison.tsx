import type { JobComparison } from "@holdpoint/db/people";
import { COMPARED_GROUPS, type ComparedFact, type Comparison } from "@holdpoint/policy";
import Link from "next/link";
import { StateChip } from "../../ui/chip.tsx";
import { exact, money, shortId } from "../../ui/format.ts";
import { EmptyNote, Panel } from "../../ui/panel.tsx";
import type { JobState } from "@holdpoint/policy";

type Side = JobComparison["job"];

/** The two jobs that are compared: which is which, how each ended. */
export function Sides({ a, b }: { a: Side; b: Side }) {
  return (
    <div className="sides">
      <SidePanel name="This job" side={a} />
      <SidePanel name="The other" side={b} />
    </div>
  );
}

function SidePanel({ name, side }: { name: string; side: Side }) {
  return (
    <Panel title={name} aside={<StateChip state={side.state as JobState} />}>
      <p className="pad anywhere">
        <Link className="link mono" href={`/jobs/${side.id}`} prefetch={false}>
          {shortId(side.id)}
        </Link>{" "}
        <span className="t2">
          {side.type}@{side.type_version} in {side.venture}
          {side.ended_at === null ? "" : `, ended ${exact(side.ended_at)}`}
        </span>
      </p>
    </Panel>
  );
}

/** Fact by fact in groups, causes before consequences: what differs, or everything. */
export function FactsPanel({ comparison, all, allHref }: { comparison: Comparison; all: boolean; allHref: string }) {
  const shown = comparison.facts.filter((fact) => all || !fact.same);
  const same = comparison.facts.filter((fact) => fact.same).length;
  return (
    <Panel
      title={all ? "Everything" : "What differs"}
      aside={
        <Link className="link" href={allHref} prefetch={false} scroll={false}>
          {all ? "Only what differs" : `Show the ${same} facts that are the same`}
        </Link>
      }
    >
      {shown.length === 0 ? <EmptyNote title="Nothing differs." /> : null}
      {shown.length === 0 ? null : (
        <table className="caps facts-table">
          <thead>
            <tr>
              <th scope="col">Fact</th>
              <th scope="col">This job</th>
              <th scope="col">The other</th>
            </tr>
          </thead>
          {COMPARED_GROUPS.map((group) => (
            <Group
              key={group}
              name={group}
              facts={shown.filter((fact) => fact.group === group)}
              first={comparison.first}
            />
          ))}
        </table>
      )}
    </Panel>
  );
}

function Group({ name, facts, first }: { name: string; facts: readonly ComparedFact[]; first: ComparedFact | null }) {
  if (facts.length === 0) return null;
  return (
    <tbody>
      <tr className="group">
        <th scope="rowgroup" colSpan={3}>
          {name}
        </th>
      </tr>
      {facts.map((fact) => (
        <tr key={fact.name} className={fact.same ? "same" : fact === first ? "first" : undefined}>
          <th scope="row" className="wrap anywhere">
            {nameWords(fact.name)}
            {fact.same ? null : <span className="sr">, differs</span>}
            {fact === first ? <span className="t2"> the first</span> : null}
          </th>
          <td className="wrap anywhere" data-label="This job">
            {valueWords(fact.name, fact.a)}
          </td>
          <td className="wrap anywhere" data-label="The other">
            {valueWords(fact.name, fact.b)}
          </td>
        </tr>
      ))}
    </tbody>
  );
}

const isMoney = (name: string): boolean => name.endsWith("_microusd") && !name.includes(".");

function nameWords(name: string): string {
  return name.includes(".") ? name : name.replace(/_microusd$/, "").replaceAll("_", " ");
}

function valueWords(name: string, value: string | null): string {
  if (value === null) return "–";
  return isMoney(name) ? money(Number(value)) : value;
}
