import { readQueues } from "../../../features/fleet/queries.ts";
import { WorkersPanel } from "../../../features/fleet/workers-panel.tsx";
import { QueuesPanel } from "../../../features/now/panels.tsx";
import { currentOperator, roleIn } from "../../../features/session/queries.ts";
import { labelWorkers, readFacts } from "../../../features/shell/queries.ts";
import { ErrorNote, Panel } from "../../../ui/panel.tsx";

export const metadata = { title: "Fleet" };

export default async function FleetPage() {
  const [facts, queues, operator] = await Promise.all([readFacts(), readQueues(), currentOperator()]);
  return (
    <>
      <div className="page-head">
        <h1>Fleet</h1>
      </div>
      <div className="stack">
        {facts.ok ? (
          <WorkersPanel
            workers={labelWorkers(facts.data)}
            full
            role={roleIn(operator.ok ? operator.data : null, "fleet")}
          />
        ) : (
          <Panel title="Workers">
            <ErrorNote what="The workers" error={facts.error} at={facts.at} />
          </Panel>
        )}
        <QueuesPanel queues={queues} />
      </div>
    </>
  );
}
