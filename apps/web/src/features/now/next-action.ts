import "server-only";
import { nextAction, type NextAction } from "@holdpoint/policy";
import type { NowFacts } from "@holdpoint/db/people";
import type { Inbox } from "../approvals/queries.ts";
import { labelWorkers } from "../shell/queries.ts";
import type { ModeView } from "../shell/queries.ts";

/** The one thing to do next, from what the page has read. */
export function chooseNextAction(facts: NowFacts, mode: ModeView, inbox: Inbox, ventures: number): NextAction {
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
      title: item.title,
      expiresAt: item.held_until ? Date.parse(item.held_until) : null,
    })),
    heldTotal: facts.counts.held,
    quarantined: facts.counts.quarantined,
    dead: facts.counts.dead,
    stuck: stuckRuns(facts),
    ventures,
    jobs:
      facts.counts.running +
      facts.counts.queued +
      facts.counts.submitted +
      facts.counts.held +
      facts.counts.dead +
      facts.counts.quarantined +
      1,
    queued: facts.counts.queued,
    running: facts.counts.running,
  });
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
