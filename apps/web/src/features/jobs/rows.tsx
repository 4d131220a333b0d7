"use client";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import type { JobState } from "@holdpoint/policy";
import { useNow } from "../../live/clock.tsx";
import { Time } from "../../live/time.tsx";
import { StateChip } from "../../ui/chip.tsx";
import { count, money, shortId, span } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { Label } from "../../ui/label.tsx";
import type { JobRow } from "./queries.ts";

interface Props {
  rows: readonly JobRow[];
  freshForMs: number;
  /** Changes with the filter: another list, begun afresh. */
  listKey: string;
}

/**
 * The list stands still while it is read: rows change in place, a row that left the filter stays, dimmed, and says what
 * it became; what is new waits behind a button. Another filter begins afresh.
 */
export function JobRows(props: Props) {
  return <StandingRows key={props.listKey} {...props} />;
}

function StandingRows({ rows, freshForMs }: Props) {
  const [shown, setShown] = useState(() => rows.map((row) => row.id));
  const known = useRef(new Map<string, JobRow>());
  for (const row of rows) known.current.set(row.id, row);
  const ids = shown.length === 0 ? rows.map((row) => row.id) : shown;
  const arrived = rows.filter((row) => !ids.includes(row.id)).length;
  const here = new Set(rows.map((row) => row.id));
  const gone = ids.filter((id) => !here.has(id));
  const became = useStates(gone);

  const lines = ids.flatMap((id) => {
    const row = known.current.get(id);
    if (!row) return [];
    const state = here.has(id) ? row.state : (became.get(id) ?? row.state);
    return [{ row: { ...row, state }, left: state !== row.state ? state : null }];
  });
  return (
    <>
      {arrived > 0 ? (
        <button type="button" className="arrivals" onClick={() => setShown(rows.map((row) => row.id))}>
          <Icon name="arrow-up" small />
          {count(arrived)} new
        </button>
      ) : null}
      <table className="desk-only">
        <thead>
          <tr>
            <th>State</th>
            <th>Job</th>
            <th>Venture</th>
            <th>Waits for, or ended by</th>
            <th className="num">Runs</th>
            <th className="num">Age</th>
            <th className="num">Cost</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ row, left }) => (
            <tr key={row.id} className={left ? "left" : undefined}>
              <td>
                <StateChip state={row.state} />
              </td>
              <td className="ty">
                <Link className="med" href={`/jobs/${row.id}`} prefetch={false} data-row>
                  {row.title}
                </Link>{" "}
                <span className="id t3" translate="no">
                  {shortId(row.id)}
                </span>
              </td>
              <td className="t2 ve" title={row.ventureName}>
                {row.ventureName}
              </td>
              <td className="t2 wh">{left ? `now ${left}` : <Note row={row} freshForMs={freshForMs} />}</td>
              <td className="num mono t2">{row.runNo}</td>
              <td className="num">
                <Age row={row} />
              </td>
              <td className="num">{money(row.costMicrousd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul className="jl phone-only">
        {lines.map(({ row, left }) => (
          <li key={row.id} className={left ? "left" : undefined}>
            <Link href={`/jobs/${row.id}`} prefetch={false} data-row>
              <span className="l">
                <span className="cut">
                  <StateChip state={row.state} /> <span className="med">{row.title}</span>
                </span>
                <Age row={row} />
              </span>
              <span className="l cap t2">
                <span className="cut">
                  {row.ventureName}: {left ? `now ${left}` : <PlainNote row={row} />}
                </span>
                <span>{money(row.costMicrousd)}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function Age({ row }: { row: JobRow }) {
  if (row.endedAt) {
    const took = Date.parse(row.endedAt) - Date.parse(row.createdAt);
    return (
      <time dateTime={row.endedAt} title={`ended ${row.endedAt}`} className="t2">
        {span(took)}
      </time>
    );
  }
  return <Time at={row.startedAt ?? row.createdAt} form="age" />;
}

/** Without buttons, for inside a link. */
function PlainNote({ row }: { row: JobRow }) {
  if (row.state === "running" && row.beat) {
    return (
      <>
        {row.beat.worker}, beat <Time at={row.beat.at} form="ago" />
      </>
    );
  }
  return (
    <>
      {row.note} {row.until ? <Time at={row.until} form="in" /> : null}
    </>
  );
}

function Note({ row, freshForMs }: { row: JobRow; freshForMs: number }) {
  if (row.state === "running" && row.beat) return <Beat row={row} beat={row.beat} freshForMs={freshForMs} />;
  return (
    <>
      {row.note} {row.until ? <Time at={row.until} form="in" /> : null}
    </>
  );
}

/** Running is recorded; LIVE needs a fresh heartbeat, and falls by itself when none comes. */
function Beat({ row, beat, freshForMs }: { row: JobRow; beat: NonNullable<JobRow["beat"]>; freshForMs: number }) {
  const age = useNow() - Date.parse(beat.at);
  const fresh = age < freshForMs;
  return (
    <>
      <Label
        name={fresh ? "LIVE" : "STALE"}
        age={fresh ? undefined : span(age)}
        because={
          fresh
            ? `${beat.worker} named this run in its last heartbeat.`
            : `Running is what was recorded; ${beat.worker} has not named this run since.`
        }
        facts={[
          ["Heard", <Time key="heard" at={beat.at} form="ago" />],
          ["By", beat.worker],
          ["Fresh for", span(freshForMs)],
        ]}
        raisedBy={
          fresh
            ? "Nothing: it is as good as it gets, while heartbeats keep coming."
            : "The next heartbeat that names this run."
        }
      />{" "}
      {row.note || (
        <span>
          beat <Time at={beat.at} form="ago" />
        </span>
      )}
    </>
  );
}

/** What became of rows that are no longer on the page: asked once per set. */
function useStates(ids: readonly string[]): ReadonlyMap<string, JobState> {
  const [states, setStates] = useState<ReadonlyMap<string, JobState>>(new Map());
  const wanted = ids.join(",");
  useEffect(() => {
    if (wanted === "") return;
    const stop = new AbortController();
    fetch(`/api/jobs/states?ids=${wanted}`, { signal: stop.signal })
      .then(async (response): Promise<void> => {
        if (!response.ok) return;
        const { items }: { items: { id: string; state: JobState }[] } = await response.json();
        setStates((before) => new Map([...before, ...items.map((item) => [item.id, item.state] as const)]));
      })
      // Cut off or unreachable: the row keeps what it last said, and the stream says that it is cut.
      .catch(() => undefined);
    return () => stop.abort();
  }, [wanted]);
  return states;
}
