import Link from "next/link";
import { readInbox } from "../../features/approvals/queries.ts";
import { readQueues } from "../../features/fleet/queries.ts";
import { WorkersPanel } from "../../features/fleet/workers-panel.tsx";
import { Activity } from "../../features/now/activity.tsx";
import { readNextAction } from "../../features/now/next-action.ts";
import { BrokeOrStuck, NextActionBox, QueuesPanel, RunningNow, WaitsForMe } from "../../features/now/panels.tsx";
import { labelWorkers, readFacts, readMode } from "../../features/shell/queries.ts";
import { ventureNames } from "../../features/ventures/queries.ts";
import { Time } from "../../live/time.tsx";
import { upTo } from "../../ui/format.ts";
import { ErrorNote, Panel } from "../../ui/panel.tsx";

export const metadata = { title: "Now" };

export default async function NowPage() {
  const [facts, mode, inbox, queues, names, next] = await Promise.all([
    readFacts(),
    readMode(),
    readInbox(),
    readQueues(),
    ventureNames(),
    readNextAction(),
  ]);
  if (!facts.ok) {
    return (
      <Panel title="Now">
        <ErrorNote what="The state of the fleet" error={facts.error} at={facts.at} />
      </Panel>
    );
  }
  const workers = labelWorkers(facts.data);
  const oldest = queues.ok
    ? queues.data
        .flatMap((row) => (row.oldest_at ? [row.oldest_at] : []))
        .toSorted()
        .at(0)
    : undefined;
  return (
    <>
      <div className="mode-line">
        <h1>{mode.sentence}</h1>
        <Link className="t2 q" href="/jobs?state=queued" prefetch={false}>
          <b>{upTo(facts.data.counts.queued)}</b> queued
          {oldest && facts.data.counts.queued > 0 ? (
            <>
              , oldest <Time at={oldest} form="age" />
            </>
          ) : null}
        </Link>
      </div>
      {next ? <NextActionBox action={next} /> : null}
      <div className="cols">
        <div className="stack">
          <WaitsForMe inbox={inbox} held={upTo(facts.data.counts.held)} />
          <BrokeOrStuck inbox={inbox} facts={facts.data} />
          <RunningNow
            facts={facts.data}
            names={names}
            workers={new Map(workers.map((worker) => [worker.id, worker.name]))}
          />
        </div>
        <div className="stack">
          <WorkersPanel workers={workers} />
          <QueuesPanel queues={queues} />
          <Activity since={facts.at} />
        </div>
      </div>
    </>
  );
}
