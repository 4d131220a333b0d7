import type { Identity, Standing } from "@holdpoint/db/people";
import Link from "next/link";
import { Expiry, Time } from "../../live/time.tsx";
import type { Result } from "../../server/result.ts";
import { count, money, person, plural } from "../../ui/format.ts";
import { EmptyNote, ErrorNote } from "../../ui/panel.tsx";
import { atLeast, roleIn } from "../session/queries.ts";
import { ItemLink } from "./item-link.tsx";
import type { DecidedItem, Inbox, InboxItem } from "./queries.ts";
import { QuickUndo } from "./quick-undo.tsx";

const SAID = {
  approve: "approved",
  reject: "rejected",
  release: "released",
  discard: "discarded",
  undo: "taken back",
} as const;

/** Which, by expiry; then what was decided today, with an undo while there is one. */
export function ApprovalList({
  inbox,
  decided,
  standing,
  me,
}: {
  inbox: Result<Inbox>;
  decided: Result<DecidedItem[]>;
  standing: Result<Standing[]>;
  me: Identity | null;
}) {
  return (
    <section className="listcol" aria-label="Approvals">
      <div className="lh">
        <h1>Approvals</h1>
        <span className="t3 cap end">by expiry</span>
      </div>
      {inbox.ok ? <Waiting inbox={inbox.data} /> : <ErrorNote what="What waits" error={inbox.error} at={inbox.at} />}
      <p className="sec">
        <Link className="link" href="/approvals/standing" prefetch={false}>
          {standing.ok ? standingWords(standing.data) : "Standing approvals"}
        </Link>
      </p>
      {decided.ok ? (
        <Decided items={decided.data} me={me} />
      ) : (
        <ErrorNote what="What was decided" error={decided.error} at={decided.at} />
      )}
    </section>
  );
}

function standingWords(items: readonly Standing[]): string {
  const unsigned = items.filter((one) => one.state === "unsigned").length;
  const stand = plural(items.filter((one) => one.state === "stands").length, "standing approval");
  return unsigned === 0 ? stand : `${stand}, ${unsigned} to sign`;
}

function Waiting({ inbox: { waiting, broken, cut } }: { inbox: Inbox }) {
  if (waiting.length + broken.length === 0) {
    return (
      <EmptyNote title="Nothing waits for you.">
        <p className="t2">Held jobs come here, by when they expire. So do jobs that are dead or quarantined.</p>
      </EmptyNote>
    );
  }
  return (
    <>
      <Section title="Waiting" items={waiting} />
      <Section title="Dead or quarantined" items={broken} />
      {cut ? <p className="note sec">Only the first 200 are shown; deciding on some brings the next.</p> : null}
    </>
  );
}

function Section({ title, items }: { title: string; items: readonly InboxItem[] }) {
  if (items.length === 0) return null;
  return (
    <>
      <h2 className="sec">
        {title} <span className="t2">{count(items.length)}</span>
      </h2>
      <ul className="items">
        {items.map((item) => (
          <li key={item.id}>
            <ItemLink id={item.id}>
              <span className="l1">
                <span className="med two-l anywhere">{item.title}</span>
                <span>{item.held_until && item.state === "held" ? <Expiry at={item.held_until} /> : item.state}</span>
              </span>
              <span className="l2">
                <span className="t2 cut">{item.ventureName}</span>
                <span>{money(item.ceiling_microusd)}</span>
              </span>
              <span className="l3 t3 cap">
                <span className="cut">
                  {item.submitted_by.kind === "operator"
                    ? person(item.submitted_by.id)
                    : `${item.submitted_by.kind} ${item.submitted_by.id}`}
                </span>
                <span>
                  {item.held_for === "retry"
                    ? "retry to release"
                    : item.held_for === "park"
                      ? "asked in its run"
                      : item.urgent
                        ? "urgent"
                        : item.type}
                </span>
              </span>
            </ItemLink>
          </li>
        ))}
      </ul>
    </>
  );
}

function Decided({ items, me }: { items: readonly DecidedItem[]; me: Identity | null }) {
  if (items.length === 0) return null;
  return (
    <>
      <h2 className="sec">
        Decided in 24 h <span className="t2">{count(items.length)}</span>
      </h2>
      <ul className="items done">
        {items.map((item) => (
          <li key={item.id} className={item.undoUntil ? "un" : undefined}>
            <ItemLink id={item.job_id}>
              <span className="l1">
                <span className="cut">{item.title}</span>
                <span className="t2">
                  <Time at={item.at} form="day" />
                </span>
              </span>
              <span className="l3 t3 cap">
                <span className="cut">
                  {SAID[item.verb]} by {person(item.by_email)}
                  {item.reason ? `, “${item.reason}”` : ""}
                </span>
                <span>{item.state}</span>
              </span>
            </ItemLink>
            {item.undoUntil ? (
              <QuickUndo
                jobId={item.job_id}
                startsAt={item.undoUntil}
                may={atLeast(roleIn(me, item.venture), "approver")}
              />
            ) : null}
          </li>
        ))}
      </ul>
    </>
  );
}
