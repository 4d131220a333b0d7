import { label, type Evidence } from "@holdpoint/policy";
import { Time } from "../../live/time.tsx";
import { Id } from "../../ui/copy.tsx";
import { ErrorNote, Panel } from "../../ui/panel.tsx";
import type { Result } from "../../server/result.ts";
import { EvidenceLabel } from "../ventures/evidence-label.tsx";
import type { AuditPage } from "./queries.ts";

/** Whether what is recorded was sealed, anchored outside and verified; each label opens to its evidence. */
export function AuditPanel({ audit }: { audit: Result<AuditPage> }) {
  return (
    <Panel title="Proof" aside={<span className="t2">holdpoint audit verify</span>}>
      {audit.ok ? <Content {...audit.data} /> : <ErrorNote what="The proof" error={audit.error} at={audit.at} />}
    </Panel>
  );
}

function Content({ checkpoint, sealedAt, now, anchors, verification }: AuditPage) {
  return (
    <ul className="list">
      <li>
        <span className="grow">Last checkpoint</span>
        {checkpoint === null || sealedAt === null ? (
          <span className="t2">none yet</span>
        ) : (
          <>
            <span className="num">{checkpoint.no}</span>
            <Id value={checkpoint.hash} what="checkpoint hash" />
            <span className="num t3 nw">
              <Time at={sealedAt} form="ago" />
            </span>
          </>
        )}
      </li>
      <Row name="Anchored outside" evidence={anchors} now={now} none="No sealing duty has written an anchor file." />
      <Row name="Verified whole" evidence={verification} now={now} none="Nobody has run holdpoint audit verify yet." />
    </ul>
  );
}

function Row(props: { name: string; evidence: readonly Evidence[]; now: number; none: string }) {
  const { name, evidence, now, none } = props;
  const [last] = evidence;
  return (
    <li className="wrap">
      <span className="grow">
        {name} <span className="t2">{last?.finding ?? none}</span>
      </span>
      <EvidenceLabel labeled={label(evidence, now)} evidence={evidence} />
    </li>
  );
}
