import type { NowFacts, QueueCount } from "@holdpoint/db/people";
import type { NextAction } from "@holdpoint/policy";
import Link from "next/link";
import { Expiry, Time } from "../../live/time.tsx";
import type { Result } from "../../server/result.ts";
import { count, money, person, plural, upTo } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { EmptyNote, ErrorNote, Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/chip.tsx";
import type { Inbox, InboxItem } from "../approvals/queries.ts";
import { jobTitle } from "../jobs/title.ts";
import { typeIcon } from "../jobs/type-icon.ts";

/** One sentence, one button, and why this. */
export function NextActionBox({ action }: { action: NextAction }) {
  return (
    <section className="next-action" aria-label="Next action">
      <div className="grow">
        <p className="say anywhere">{action.sentence}</p>
        <details>
          <summary className="cap t3">
            Why this <Icon name="chevron-down" small />
          </summary>
          <p className="cap t2">{action.why}</p>
        </details>
      </div>
      {action.button ? (
        <Link className="btn primary" href={action.button.href} prefetch={false}>
          {action.button.label}
          <Icon name="arrow-right" small />
        </Link>
      ) : null}
    </section>
  );
}

const SHOWN = 5;

/** At most five, by expiry; the heading leads to all. */
export function WaitsForMe({ inbox, held }: { inbox: Result<Inbox>; held: string }) {
  return (
    <Panel
      title={
        <Link href="/approvals" prefetch={false}>
          Waits for me <span className="c">{held}</span>
        </Link>
      }
      aside="by expiry"
    >
      {inbox.ok ? null : <ErrorNote what="What waits" error={inbox.error} at={inbox.at} />}
      {inbox.ok && inbox.data.waiting.length === 0 ? (
        <EmptyNote title="Nothing waits for you.">
          <p className="t2">A job that needs an approval stops here until someone answers.</p>
        </EmptyNote>
      ) : null}
      {inbox.ok && inbox.data.waiting.length > 0 ? (
        <ul className="list appr">
          {inbox.data.waiting.slice(0, SHOWN).map((item) => (
            <li key={item.id}>
              <Icon name={typeIcon(item.type)} small />
              <Link className="ttl" href={`/approvals/${item.id}`} prefetch={false} data-row>
                <span className="cut med">{item.title}</span>
                <span className="cut t2 v">{item.ventureName}</span>
              </Link>
              <span className="t3 cut by">
                {item.submitted_by.kind === "operator" ? person(item.submitted_by.id) : item.submitted_by.kind}
              </span>
              <span className="num c">{money(item.ceiling_microusd)}</span>
              <span className="num e">{item.held_until ? <Expiry at={item.held_until} /> : "no end"}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </Panel>
  );
}

/** What broke, grouped by state and type: how many, and since when. */
export function BrokeOrStuck({ inbox, facts }: { inbox: Result<Inbox>; facts: NowFacts }) {
  const groups = inbox.ok ? groupBroken(inbox.data.broken) : [];
  const total = facts.counts.dead + facts.counts.quarantined;
  return (
    <Panel
      title={
        <>
          Broke or stuck <span className="c">{total === 0 ? "" : plural(groups.length, "group")}</span>
        </>
      }
    >
      {groups.length === 0 ? (
        <EmptyNote title={inbox.ok ? "Nothing is broken." : "Not known: what waits could not be read."} />
      ) : (
        <ul className="list broke">
          {groups.slice(0, SHOWN).map((group) => (
            <li key={group.key}>
              <StateChip state={group.state} />
              <Link className="ttl" href={`/jobs?state=${group.state}&type=${group.type}`} prefetch={false} data-row>
                <span className="cut med">{group.what}</span>
                <span className="cut t2 v">{group.ventures}</span>
              </Link>
              <span className="num c">{plural(group.n, "job")}</span>
              <span className="num t2 e">
                since <Time at={group.since} form="day" />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface Group {
  key: string;
  state: InboxItem["state"];
  type: string;
  what: string;
  ventures: string;
  n: number;
  since: string;
}

function groupBroken(items: readonly InboxItem[]): Group[] {
  const groups = new Map<string, InboxItem[]>();
  for (const item of items) {
    const key = `${item.state} ${item.type} ${item.reason ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups].flatMap(([key, members]) => {
    const [first] = members;
    if (!first) return [];
    const ventures = new Set(members.map((member) => member.ventureName));
    return [
      {
        key,
        state: first.state,
        type: first.type,
        what: `${first.type}: ${first.reason?.replaceAll("_", " ") ?? "no reason kept"}`,
        ventures: ventures.size === 1 ? first.ventureName : plural(ventures.size, "venture"),
        n: members.length,
        since: members.map((member) => member.updated_at).toSorted()[0] ?? first.updated_at,
      },
    ];
  });
}

/** What runs, how long, on which worker, and when it was last heard of. */
export function RunningNow({
  facts,
  names,
  workers,
}: {
  facts: NowFacts;
  names: ReadonlyMap<string, string>;
  workers: ReadonlyMap<string, string>;
}) {
  const { running } = facts;
  const rows = running.map((run) => ({
    ...run,
    name: names.get(run.job.venture) ?? run.job.venture,
    worker: workers.get(run.worker_id) ?? "unknown",
    past: run.lease_until < facts.now,
  }));
  return (
    <Panel
      title={
        <Link href="/jobs?state=running" prefetch={false}>
          Running now <span className="c">{upTo(facts.counts.running)}</span>
        </Link>
      }
      aside={facts.counts.running > running.length ? `the oldest ${count(running.length)}` : undefined}
    >
      {rows.length === 0 ? (
        <EmptyNote title="Nothing runs right now." />
      ) : (
        <>
          <div className="scroll desk-only">
            <table className="runs">
              <thead>
                <tr>
                  <th>Job</th>
                  <th>Progress</th>
                  <th className="num">Elapsed</th>
                  <th>Worker</th>
                  <th className="num">Last beat</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((run) => (
                  <tr key={run.job.id}>
                    <td>
                      <Link className="row" href={`/jobs/${run.job.id}`} prefetch={false} data-row>
                        <span className="med cut">{jobTitle(run.job)}</span>
                        <span className="t2 cut">{run.name}</span>
                      </Link>
                    </td>
                    <td className="t2">{progressWords(run.progress)}</td>
                    <td className="num">
                      <Time at={run.started_at} form="elapsed" />
                    </td>
                    <td className="id">{run.worker}</td>
                    <td className={run.past ? "num amber" : "num t2"}>
                      <Time at={run.heartbeat_at} form="ago" />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <ul className="list two phone-only">
            {rows.map((run) => (
              <li key={run.job.id}>
                <Link className="ttl" href={`/jobs/${run.job.id}`} prefetch={false} data-row>
                  <span className="cut">
                    <span className="med">{jobTitle(run.job)}</span> <span className="t2">{run.name}</span>
                  </span>
                  <span className="cap t3 cut">
                    {run.worker} heard <Time at={run.heartbeat_at} form="ago" />
                  </span>
                </Link>
                <span className="num">
                  <Time at={run.started_at} form="elapsed" />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function progressWords(progress: unknown): string {
  if (typeof progress !== "object" || progress === null) return "";
  const { fraction, done, total, note }: { fraction?: unknown; done?: unknown; total?: unknown; note?: unknown } =
    progress;
  if (typeof done === "number" && typeof total === "number") return `${count(done)} of ${count(total)}`;
  if (typeof note === "string") return note;
  return typeof fraction === "number" ? `${Math.round(fraction * 100)} %` : "";
}

/** The nine queues; a zero is grey, so that what is there stands out. */
export function QueuesPanel({ queues }: { queues: Result<QueueCount[]> }) {
  return (
    <Panel
      title={
        <Link href="/fleet" prefetch={false}>
          Queues
        </Link>
      }
      aside={
        queues.ok ? (
          <>
            as of <Time at={queues.at} form="clock" />
          </>
        ) : undefined
      }
    >
      {queues.ok ? (
        <QueueTable rows={queues.data} />
      ) : (
        <ErrorNote what="The queues" error={queues.error} at={queues.at} />
      )}
    </Panel>
  );
}

function QueueTable({ rows }: { rows: readonly QueueCount[] }) {
  const cell = (n: number, capped = false) => (
    <td className={n === 0 ? "num t3" : "num"}>{capped ? `${count(n)}+` : count(n)}</td>
  );
  return (
    <table className="queues">
      <thead>
        <tr>
          <th>Queue</th>
          <th className="num">Ready</th>
          <th className="num">Later</th>
          <th className="num">Running</th>
          <th className="num">Oldest</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.queue}>
            <td className={row.ready + row.later + row.running === 0 ? "t2" : "med"}>{row.queue}</td>
            {cell(row.ready, row.capped)}
            {cell(row.later)}
            {cell(row.running)}
            <td className="num t2">
              {row.oldest_at ? <Time at={row.oldest_at} form="age" /> : <span className="t3">–</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
