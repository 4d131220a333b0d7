import { toHoldpointError } from "@holdpoint/db";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import { CALLS, tolerate } from "./calls.ts";
import type { KnownJob } from "./calls.ts";
import type { Round } from "./commands.ts";
import { repeating } from "./fleet.ts";
import type { Fleet } from "./fleet.ts";

const KNOWN = `
  select j.id, j.state::text as state, j.dispatch_no, j.token, encode((holdpoint.asked(j)).plan_hash, 'hex') as plan, j.held_for::text as held_for, j.waits_for,
    exists (select 1 from public.waits w where w.job_id = j.id and w.kind = 'approval' and w.answered_at is null) as asks,
    (select count(*)::int from public.waits w where w.job_id = j.id and w.told_run is not null) as told, r.worker_id,
    j.decided_from is not null as undoable
  from public.jobs j left join public.runs r on r.job_id = j.id and r.ended_at is null order by j.id desc limit 60`;

/** What time or a change of policy does between two rounds. */
const AGES: Readonly<Record<Round["age"], string>> = {
  none: "select 1",
  delays: "update public.jobs set run_at = least(run_at, clock_timestamp()) where phase = 'q'",
  leases: `update public.runs set lease_until = clock_timestamp() - interval '1 second' where ended_at is null and token % 2 = 0;
    update holdpoint.janitor set database_up_since = clock_timestamp() - interval '1 hour', janitor_seen_at = clock_timestamp()`,
  unlisted: "update public.runs set listed_at = listed_at - interval '1 hour' where ended_at is null and token % 2 = 1",
  decisions: `update public.jobs set held_until = clock_timestamp() - interval '1 second' where state = 'held' and dispatch_no % 2 = 0;
    update public.jobs set start_by = clock_timestamp() where phase = 'q' and dispatch_no % 3 = 0`,
  waits: `update public.waits set until = clock_timestamp() where answered_at is null and kind <> 'approval';
    update public.jobs set run_at = clock_timestamp() where phase = 'q' and waits_for is not null`,
  limits:
    "update public.blocks set wake_at = clock_timestamp() where wake_at is not null; update public.limits set max = max + 3 where key = 'beta' and kind = 'first_starts'",
  policy: "update public.settings set readmit_floor = readmit_floor + 1",
};

/** What the calls came to, for a test that wants to know that it reached the rare answers. */
export type Tally = Map<string, number>;

/** Runs the rounds: all calls of one at once, each on its own connection, and then every invariant. */
export async function runRounds(fleet: Fleet, rounds: readonly Round[], tally: Tally): Promise<void> {
  for (const round of rounds) {
    await fleet.db.query(AGES[round.age]);
    const known = await fleet.db.query<KnownJob>(KNOWN);
    const stops = (await fleet.db.query<{ id: string }>("select id from public.blocks where kind = 'stop'")).map(
      (row) => row.id,
    );
    const [settings] = await fleet.db.query<{ floor: number }>("select readmit_floor as floor from public.settings");
    await Promise.all(
      round.commands.map(async (command, i) => {
        const context = { fleet, on: at(fleet.connections, i), known, stops, policyVersion: settings?.floor ?? 0 };
        await repeating(fleet, command.kind, () => CALLS[command.kind](context, command)).then(
          (answer) => count(tally, command.kind, answer),
          (error: unknown) => add(tally, `${command.kind}: ${tolerate(error)}`),
        );
      }),
    ).catch((error: unknown) => {
      throw new Error(`round ${JSON.stringify(round)}: ${toHoldpointError(error).message}`, { cause: error });
    });
    await expectInvariants(fleet.db);
  }
}

const add = (tally: Tally, what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);

function count(tally: Tally, kind: string, answer: unknown): void {
  if (typeof answer === "number" && answer > 0) return void add(tally, `${kind}: some`);
  for (const row of Array.isArray(answer) ? answer.flat() : []) {
    const { verdict, state } = row as { verdict?: string; state?: string };
    if (verdict !== undefined) add(tally, `${kind}: ${verdict}${state === undefined ? "" : ` to ${state}`}`);
  }
}
