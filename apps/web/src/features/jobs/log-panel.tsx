"use client";
import type { LogChunk } from "@holdpoint/db/people";
import { useEffect, useRef, useState } from "react";
import { clock } from "../../ui/format.ts";

interface Props {
  jobId: string;
  runNo: number;
  chunks: readonly LogChunk[];
  /** False: the run goes on, more may come. */
  done: boolean;
}

const EVERY_MS = 700;
const KEEP_CHUNKS = 400;

/** A run's output. While the run goes on, what it writes is fetched as it comes; reading stays where the reader is. */
export function LogPanel(props: Props) {
  return <LogText key={`${props.jobId}/${props.runNo}`} {...props} />;
}

function LogText({ jobId, runNo, chunks: first, done: doneAtFirst }: Props) {
  const [chunks, setChunks] = useState<readonly LogChunk[]>(first);
  const [done, setDone] = useState(doneAtFirst);
  const [failed, setFailed] = useState(false);
  const box = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  const after = useRef(first.at(-1)?.chunk_no ?? -1);

  useEffect(() => {
    if (done) return;
    const stop = new AbortController();
    const look = async () => {
      while (!stop.signal.aborted) {
        const page = await fetchLog(jobId, runNo, after.current, stop.signal);
        if (stop.signal.aborted) return;
        setFailed(page === null);
        if (page && page.chunks.length > 0) {
          after.current = page.chunks.at(-1)?.chunk_no ?? after.current;
          setChunks((before) => [...before, ...page.chunks].slice(-KEEP_CHUNKS));
        }
        if (page?.done) return setDone(true);
        if (!page || page.chunks.length === 0) await pause(EVERY_MS, stop.signal);
      }
    };
    void look();
    return () => stop.abort();
  }, [jobId, runNo, done]);

  useEffect(() => {
    if (follows.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [chunks]);

  const scrolled = () => {
    const pre = box.current;
    if (pre) follows.current = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 40;
  };
  return (
    <>
      <pre
        ref={box}
        className="code log"
        tabIndex={0}
        onScroll={scrolled}
        aria-label={`Output of run ${runNo}`}
        data-done={done}
      >
        {chunks.length === 0 ? (
          <span className="t3">{done ? "This run wrote nothing." : "Nothing written yet."}</span>
        ) : null}
        {chunks.map((chunk) => (
          <span key={chunk.chunk_no} data-stream={chunk.stream} title={`${chunk.stream}, ${clock(chunk.at)}`}>
            {chunk.stream === "cut" ? `\n⋯ ${chunk.text} ⋯\n` : chunk.text}
          </span>
        ))}
      </pre>
      <p className="note" role="status">
        {failed
          ? "The server could not be reached; trying again."
          : done
            ? "The run has ended."
            : "The run goes on; output appears here as it is written."}
      </p>
    </>
  );
}

async function fetchLog(
  jobId: string,
  runNo: number,
  after: number,
  signal: AbortSignal,
): Promise<{ chunks: LogChunk[]; done: boolean } | null> {
  try {
    const response = await fetch(`/api/jobs/${jobId}/log?run=${runNo}&after=${after}`, { signal });
    return response.ok ? await response.json() : null;
  } catch {
    // Aborted, or unreachable: tried again while the panel is shown.
    return null;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
