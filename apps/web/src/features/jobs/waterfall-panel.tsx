import type { JobDetail } from "@holdpoint/db/people";
import { clock, span } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import type { IconName } from "../../ui/icon-names.ts";
import { Panel } from "../../ui/panel.tsx";
import { waterfall, type Bar } from "./waterfall.ts";

const ROW = 24;
const ICONS: Readonly<Record<Bar["kind"], IconName>> = { wait: "hourglass", run: "play", step: "check" };
const n = (value: number) => `${value.toFixed(3)}%`;

/** Runs and their steps over time, drawn with geometry attributes only (no inline styles). */
export function WaterfallPanel({ detail }: { detail: JobDetail }) {
  const { bars, folds, totalMs, start, end } = waterfall(detail);
  // Folded waits carry their length above the rows.
  const top = folds.length > 0 ? 18 : 0;
  const height = top + bars.length * ROW;
  return (
    <Panel
      title="Waterfall"
      aside={`${span(totalMs)} in all${folds.length > 0 ? ", waits folded" : ""}`}
      className="desk-only"
    >
      <div className="wfg">
        <ul className={top > 0 ? "tree under-folds" : "tree"}>
          {bars.map((bar, index) => (
            <li key={`${bar.name}-${index}`} className={bar.kind === "step" ? undefined : "hd"}>
              <Icon name={bar.bad ? "circle-x" : ICONS[bar.kind]} small />
              <span className="nm cut">{bar.name}</span>
              <span className="t3 cap cut">{bar.note}</span>
              <span className="num cap">{span((bar.end ?? end) - bar.start)}</span>
            </li>
          ))}
        </ul>
        <div className="tl">
          <svg
            className="chart"
            height={height + 24}
            role="img"
            aria-label={bars.map((bar) => `${bar.name} ${bar.note} ${span((bar.end ?? end) - bar.start)}`).join("; ")}
          >
            {folds.map((fold) => (
              <g key={fold.x}>
                <rect className="fold" x={n(fold.x)} width={n(fold.width)} y="0" height={height} />
                <text x={n(fold.x + fold.width / 2)} y="12" textAnchor="middle">
                  {span(fold.ms).split(" ").slice(0, 2).join(" ")}
                </text>
              </g>
            ))}
            {bars.map((bar, index) => (
              <rect
                key={`${bar.name}-${index}`}
                className={bar.bad ? "fr" : bar.kind === "wait" ? "f3" : bar.kind === "run" ? "f2" : "f1"}
                x={n(bar.x)}
                width={n(bar.width)}
                y={top + index * ROW + (bar.kind === "run" ? 10 : 7)}
                height={bar.kind === "run" ? 4 : 10}
                rx="2"
              />
            ))}
            <line className="sl" x1="0" x2="100%" y1={height + 0.5} y2={height + 0.5} />
            <text className="m" x="0" y={height + 18}>
              {clock(start)}
            </text>
            <text className="m" x="100%" y={height + 18} textAnchor="end">
              {clock(end)}
            </text>
          </svg>
        </div>
      </div>
    </Panel>
  );
}
