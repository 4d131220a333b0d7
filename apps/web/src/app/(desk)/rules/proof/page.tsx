import { AuditPanel } from "../../../../features/audit/audit-panel.tsx";
import { readAudit } from "../../../../features/audit/queries.ts";
import { readMonths } from "../../../../features/retention/queries.ts";
import { RetentionPanel } from "../../../../features/retention/retention-panel.tsx";
import { currentOperator, roleIn } from "../../../../features/session/queries.ts";
import { RulesTabs } from "../../../../features/shell/rules-tabs.tsx";
import { Panel } from "../../../../ui/panel.tsx";

export const metadata = { title: "Proof and retention" };

export default async function ProofPage() {
  const [audit, retention, me] = await Promise.all([readAudit(), readMonths(), currentOperator()]);
  return (
    <>
      <div className="page-head">
        <h1>Rules</h1>
        <RulesTabs here="/rules/proof" />
      </div>
      <div className="stack">
        <AuditPanel audit={audit} />
        <Panel title="What it does not cover">
          <ul className="pad said-list t2">
            <li>
              An event that was removed after its commit and before its minute was sealed, together with its feed row.
            </li>
            <li>
              A history rewritten together with its anchors: keep a copy where whoever owns the database can’t write.
            </li>
            <li>What the events of a dropped month were: only that its last hashes are the sealed ones.</li>
            <li>Facts that were wrong when they were written: what was recorded, by whom and when, is what stands.</li>
          </ul>
        </Panel>
        <RetentionPanel retention={retention} may={roleIn(me.ok ? me.data : null, "fleet") === "admin"} />
      </div>
    </>
  );
}
