import type { JobDetail } from "@holdpoint/db/people";

export interface Bar {
  name: string;
  note: string;
  kind: "wait" | "run" | "step";
  start: number;
  /** Null: still open. */
  end: number | null;
  bad: boolean;
}

export interface Drawn extends Bar {
  /** Percent of the axis. */
  x: number;
  width: number;
}

export interface Waterfall {
  bars: Drawn[];
  folds: { x: number; width: number; ms: number }[];
  totalMs: number;
  start: number;
  end: number;
}

const FOLD_SHARE = 0.1;
const FOLD_FROM_MS = 30_000;
const FOLD_WIDTH = 6;

/** Waits, runs and steps over time. Waits longer than a tenth of the whole are folded, so that work fills the axis. */
export function waterfall({ job, runs, steps, now }: JobDetail): Waterfall {
  const at = (iso: string) => Date.parse(iso);
  const start = at(job.created_at);
  const end = Math.max(start + 1, job.ended_at ? at(job.ended_at) : at(now));
  const bars: Bar[] = [];
  let from = start;
  for (const run of runs) {
    const begun = at(run.started_at);
    bars.push({
      name: run.run_no === 1 ? "Wait" : "Queued again",
      note: "",
      kind: "wait",
      start: from,
      end: begun,
      bad: false,
    });
    const note =
      run.outcome === "lost" ? `lost, ${(run.cause ?? "").replaceAll("_", " ")}` : (run.outcome ?? "under way");
    const bad = run.outcome === "failed" || run.outcome === "lost";
    bars.push({
      name: `Run ${run.run_no}`,
      note,
      kind: "run",
      start: begun,
      end: run.ended_at ? at(run.ended_at) : null,
      bad,
    });
    for (const step of steps.filter((one) => one.run_no === run.run_no)) {
      bars.push({
        name: step.name,
        note: "",
        kind: "step",
        start: at(step.started_at),
        end: at(step.ended_at),
        bad: false,
      });
    }
    from = run.ended_at ? at(run.ended_at) : end;
  }
  if (from < end)
    bars.push({
      name: runs.length === 0 ? "Wait" : "Queued again",
      note: job.state,
      kind: "wait",
      start: from,
      end: job.ended_at ? end : null,
      bad: false,
    });
  return layOut(bars, start, end);
}

/** Places bars on an axis of 0 to 100 percent. */
export function layOut(bars: readonly Bar[], start: number, end: number): Waterfall {
  const total = end - start;
  const gaps = bars
    .filter((bar) => bar.kind === "wait" && bars.length > 1)
    .map((bar) => ({ from: bar.start, to: bar.end ?? end }))
    .filter((gap) => gap.to - gap.from > Math.max(FOLD_FROM_MS, total * FOLD_SHARE));
  const folded = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const work = Math.max(1, total - folded);
  const scale = (100 - FOLD_WIDTH * gaps.length) / work;
  /** Where a time lies, in percent: folds take a fixed share each. */
  const place = (time: number) => {
    let x = 0;
    let last = start;
    for (const gap of gaps) {
      if (time <= gap.from) break;
      x += (gap.from - last) * scale;
      const inside = Math.min(1, (time - gap.from) / (gap.to - gap.from));
      x += FOLD_WIDTH * inside;
      last = gap.to;
      if (time < gap.to) return x;
    }
    return x + Math.max(0, time - last) * scale;
  };
  const drawn = bars.map((bar) => {
    const x = place(bar.start);
    return { ...bar, x, width: Math.max(0.4, place(bar.end ?? end) - x) };
  });
  return {
    bars: drawn,
    folds: gaps.map((gap) => ({ x: place(gap.from), width: FOLD_WIDTH, ms: gap.to - gap.from })),
    totalMs: total,
    start,
    end,
  };
}
