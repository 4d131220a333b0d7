import {
  approvalKindsOf,
  conditionWords,
  EFFECTS_NEEDING_APPROVAL,
  outcomeWords,
  type Policy,
} from "@holdpoint/policy";
import { Time } from "../../live/time.tsx";
import { person } from "../../ui/format.ts";
import { EmptyNote, Panel } from "../../ui/panel.tsx";
import type { ActivePolicy } from "./queries.ts";

/** The policy in force: who activated it, its rules as a table, and its text. */
export function PolicyPanel({ stored, policy, problem }: ActivePolicy) {
  return (
    <Panel
      title={`Policy, version ${stored.version}`}
      aside={
        <span className="t2">
          {person(stored.activated_by)} activated it <Time at={stored.activated_at} form="ago" />
          {stored.reason === null ? null : `: “${stored.reason}”`}
        </span>
      }
    >
      {problem === null ? null : (
        <div className="state-msg" role="alert">
          <p className="med">This version can’t be understood by this program: nothing is decided by it.</p>
          <p className="t2">
            Line {problem.line}: {problem.message}
          </p>
        </div>
      )}
      {policy === null ? null : <Held policy={policy} />}
      {policy === null ? null : <RuleTable policy={policy} />}
      <details className="source">
        <summary>Its text</summary>
        <pre translate="no">{stored.source}</pre>
      </details>
    </Panel>
  );
}

/** Which effects always wait for a person, and which a rule lets go somewhere. */
function Held({ policy }: { policy: Policy }) {
  const held: readonly string[] = approvalKindsOf(policy);
  const relaxed = EFFECTS_NEEDING_APPROVAL.filter((kind) => !held.includes(kind));
  return (
    <p className="held">
      {held.length === 0
        ? "No kind of effect always waits for a person."
        : `Always held for a person: ${held.join(", ")}.`}{" "}
      {relaxed.length === 0 ? null : <b>A rule lets go without one: {relaxed.join(", ")}.</b>}
    </p>
  );
}

function RuleTable({ policy }: { policy: Policy }) {
  if (policy.rules.length === 0)
    return (
      <EmptyNote title="The built-in rules and nothing else.">
        <code className="cmd">npx holdpoint policy activate policy.yaml</code>
      </EmptyNote>
    );
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">When</th>
            <th scope="col">Does</th>
          </tr>
        </thead>
        <tbody>
          {policy.rules.map((rule) => (
            <tr key={rule.name}>
              <th scope="row" className="mono">
                {rule.name}
              </th>
              <td className="wrap">{conditionWords(rule.when)}</td>
              <td className="wrap">{outcomeWords(rule.outcome)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
