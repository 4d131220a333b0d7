import {
  BUILT_IN_RECOVERY,
  classWords,
  ERROR_CLASSES,
  recoveryFor,
  recoveryWords,
  RETRY_TIERS,
  tierWords,
  type Policy,
} from "@holdpoint/policy";
import type { ReactNode } from "react";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";

const spaced = (name: string): string => name.replaceAll("_", " ");

/** What becomes of failures under the policy in force: retries by tier, then the class, then the recovery plan. */
export function FollowUpPanel({ policy: { retries, recovery } }: { policy: Policy }) {
  return (
    <Panel title="After a failure" aside="the first plan that fits counts">
      <Table className="caps limits follow-up" heads={["Tier", "Retries"]}>
        {RETRY_TIERS.map((tier) => (
          <Row key={tier} name={spaced(tier)} cells={[["Retries", tierWords(retries.tiers[tier])]]} />
        ))}
      </Table>
      <Table className="caps limits follow-up" heads={["Class", "A failure is"]}>
        {ERROR_CLASSES.map((name) => (
          <Row key={name} name={spaced(name)} cells={[["A failure is", classWords(name, retries.classes[name])]]} />
        ))}
      </Table>
      <Table className="caps limits follow-up" heads={["Recovery plan", "For", "Says"]}>
        {[...recovery, ...BUILT_IN_RECOVERY].map((plan) => (
          <Row
            key={`${plan.name} ${recovery.includes(plan)}`}
            name={
              <>
                {spaced(plan.name)} <span className="t2">{recovery.includes(plan) ? "of this policy" : null}</span>
              </>
            }
            cells={[
              ["For", recoveryFor(plan)],
              ["Says", recoveryWords(plan)],
            ]}
          />
        ))}
      </Table>
    </Panel>
  );
}

function Row({ name, cells }: { name: ReactNode; cells: readonly (readonly [label: string, words: string])[] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map(([label, words]) => (
        <td key={label} className="wrap" data-label={label}>
          {words}
        </td>
      ))}
    </tr>
  );
}
