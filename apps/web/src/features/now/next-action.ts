import "server-only";
import { nextAction, type NextAction } from "@holdpoint/policy";
import { listJobs, type NowFacts } from "@holdpoint/db/people";
import { cache } from "react";
import { attempt } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";
import { readInbox, type Inbox } from "../approvals/queries.ts";
import { myVentures } from "../session/queries.ts";
import { labelWorkers, readFacts, readMode, type ModeView } from "../shell/queries.ts";

/** The one thing to do next, once per request; null when what it depends on could not be read. */
export const readNextAction = cache(async (): Promise<NextAction | null> => {
  const [facts, mode, inbox, ventures] = await Promise.all([readFacts(), readMode(), readInbox(), myVentures()]);
  if (!facts.ok || !inbox.ok) return null;
  const real = ventures.ok ? ventures.data.filter((venture) => venture.key !== "fleet").length : 1;
  const open = Object.values(facts.data.counts).reduce((sum, n) => sum + n, 0);
  const jobs = open > 0 ? open : await countAny();
  return chooseNextAction(facts.data, mode, inbox.data, { ventures: real, jobs });
});

function chooseNextAction(
  facts: NowFacts,
  mode: ModeView,
  inbox: Inbox,
  known: { ventures: number; jobs: number },
): NextAction {
  const now = Date.parse(facts.now);
  const live = labelWorkers(facts).filter((worker) => worker.ended_at === null);
  return nextAction({
    now,
    stops: mode.stops.map(({ id, scope, key, open_count }) => ({ id, scope, key, openRuns: open_count })),
    workers: live.length,
    liveWorkers: live.filter((worker) => worker.label.label === "LIVE").length,
    failingChecks: [],
    held: inbox.waiting.map((item) => ({
      id: item.id,
      title: `${item.title} of ${item.ventureName}`,
      expiresAt: item.held_until ? Date.parse(item.held_until) : null,
    })),
    heldTotal: facts.counts.held,
    quarantined: facts.counts.quarantined,
    dead: facts.counts.dead,
    stuck: stuckRuns(facts),
    ventures: known.ventures,
    jobs: known.jobs,
    queued: facts.counts.queued,
    running: facts.counts.running,
  });
}

/** Whether any job was ever submitted: 0 or 1. Not known counts as yes, so that nobody is told otherwise. */
async function countAny(): Promise<number> {
  const found = await attempt(async () => listJobs(await operatorClient(), { limit: 1 }));
  return found.ok ? found.data.items.length : 1;
}

/** Running past its lease with no heartbeat: what can be told from the running jobs that were read. */
function stuckRuns(facts: NowFacts): { id: string; why: string }[] {
  return facts.running
    .filter((run) => run.lease_until < facts.now)
    .map((run) => ({
      id: run.job.id,
      why: `${run.job.type} of ${run.job.venture} runs past its lease with no heartbeat`,
    }));
}
