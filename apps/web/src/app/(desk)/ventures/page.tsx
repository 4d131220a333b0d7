import Link from "next/link";
import { EvidenceLabel } from "../../../features/ventures/evidence-label.tsx";
import { readVentures, toEvidence } from "../../../features/ventures/queries.ts";
import { Time } from "../../../live/time.tsx";
import { EmptyNote, ErrorNote, Panel } from "../../../ui/panel.tsx";

export const metadata = { title: "Ventures" };

export default async function VenturesPage() {
  const ventures = await readVentures();
  return (
    <>
      <div className="page-head">
        <h1>Ventures</h1>
      </div>
      <Panel title="Health, from evidence">
        {ventures.ok ? null : <ErrorNote what="The ventures" error={ventures.error} at={ventures.at} />}
        {ventures.ok && ventures.data.length === 0 ? (
          <EmptyNote title="There is no venture yet.">
            <code className="cmd">npx holdpoint venture add acme --name Acme --url https://acme.example</code>
          </EmptyNote>
        ) : null}
        {ventures.ok ? (
          <ul className="list ventures">
            {ventures.data.map((venture) => (
              <li key={venture.key}>
                <EvidenceLabel labeled={venture.health} evidence={toEvidence(venture.evidence)} />
                <Link className="ttl grow" href={`/jobs?venture=${venture.key}`} prefetch={false} data-row>
                  <span className="cut med">{venture.name}</span>
                  <span className="cut t2 v" translate="no">
                    {venture.url ?? venture.repository ?? venture.key}
                  </span>
                </Link>
                <span className="t2 cut e">{venture.health.because}</span>
                <span className="num t3 nw desk-only">
                  added <Time at={venture.created_at} form="day" />
                </span>
              </li>
            ))}
          </ul>
        ) : null}
      </Panel>
    </>
  );
}
