"use client";
import Link from "next/link";
import { useState } from "react";
import { Time } from "../../live/time.tsx";
import type { StreamEvent } from "../../live/protocol.ts";
import { useLiveState, useStream } from "../../live/use-live.ts";
import { count, shortId } from "../../ui/format.ts";

const KEEP = 1_000;
const SHOW = 12;

/** What the stream told since this page was opened, newest first: each event once, also across a cut. */
export function Activity({ since }: { since: number }) {
  const [events, setEvents] = useState<readonly StreamEvent[]>([]);
  const [total, setTotal] = useState(0);
  const [skipped, setSkipped] = useState(false);
  const [openedAt] = useState(since);
  const { phase } = useLiveState();
  useStream((message) => {
    if (message.kind === "resync") setSkipped(true);
    if (message.kind !== "feed") return;
    setTotal((before) => before + message.events.length);
    setEvents((before) => [...message.events.toReversed(), ...before].slice(0, KEEP));
  });
  return (
    <section className="panel activity" aria-label="Since you opened this page" data-total={total}>
      <header>
        <h2>
          Since you opened this page <span className="c">{count(total)}</span>
        </h2>
        <span className="end">
          <Time at={openedAt} form="clock" />
        </span>
      </header>
      {skipped ? (
        <p className="state-msg t2">More than 10,000 events were behind: the page was read afresh instead.</p>
      ) : null}
      {events.length === 0 ? (
        <p className="state-msg t2">
          {phase === "cut"
            ? "The stream is cut off; what happens now comes when it is back."
            : "Nothing has happened since."}
        </p>
      ) : (
        <ol className="list acts-list">
          {events.slice(0, SHOW).map((event) => (
            <li key={`${event.stream}/${event.seq}`} data-event={`${event.stream}/${event.seq}`}>
              <span className="t3">{event.at ? <Time at={event.at} form="clock" /> : ""}</span>
              <span className="mono cut grow">{event.type}</span>
              <span className="t2 cut">{event.venture}</span>
              {isJobEvent(event.type) ? (
                <Link className="id" href={`/jobs/${event.stream}`} prefetch={false}>
                  {shortId(event.stream)}
                </Link>
              ) : null}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Facts of a venture (venture.added, stop.engaged, worker.registered, …) have no job page. */
function isJobEvent(type: string): boolean {
  return !/^(venture|stop|worker|limit|operator|block|feed|policy|cap)\./.test(type);
}
