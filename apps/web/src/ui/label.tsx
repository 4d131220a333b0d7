import type { Label as LabelName } from "@holdpoint/policy";
import { useId, type ReactNode } from "react";
import type { IconName } from "./icon-names.ts";
import { Icon } from "./icon.tsx";

const ICONS: Readonly<Record<LabelName, IconName>> = {
  LIVE: "circle-dot",
  VERIFIED: "badge-check",
  FAILING: "circle-x",
  STALE: "clock-alert",
  "NOT VERIFIED": "circle-dashed",
  "MISSING CONFIG": "unplug",
  "NOT RUNNING": "power-off",
  "READINESS ONLY": "clipboard-check",
  DISABLED: "ban",
  "APPROVAL REQUIRED": "hand",
  QUARANTINED: "biohazard",
  PAUSED: "pause",
  STOPPED: "octagon-x",
  "NOT ISOLATED": "shield-off",
  DEMO: "flask-conical",
  PLANNED: "calendar",
};

export interface LabelProps {
  name: LabelName;
  /** What the pill says when it isn't the label's own word (the mode of the installation). */
  word?: string;
  /** Drawn as an outline: the label is true, but not yet whole (STOPPING). */
  underWay?: boolean;
  age?: string;
  /** One sentence: what was observed. */
  because: ReactNode;
  /** Rows of the popover: seen at, by, until. */
  facts?: readonly (readonly [term: string, value: ReactNode])[];
  raisedBy: ReactNode;
}

/** A label opens to its evidence: what was seen, by whom, when, until when. Opens without scripts. */
export function Label({ name, word, underWay = false, age, because, facts = [], raisedBy }: LabelProps) {
  const id = useId();
  return (
    <>
      <button
        type="button"
        className={underWay ? "label stopping" : "label"}
        data-l={underWay ? undefined : name.toLowerCase().replaceAll(" ", "-")}
        popoverTarget={id}
      >
        <Icon name={ICONS[name]} />
        <span className="w">{word ?? name}</span>
        {age ? <span className="age">{age}</span> : null}
      </button>
      <div id={id} popover="auto" className="pop">
        <p>{because}</p>
        <dl className="kv">
          {facts.map(([term, value]) => (
            <div key={term} className="contents">
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          <dt>To raise it</dt>
          <dd>{raisedBy}</dd>
        </dl>
      </div>
    </>
  );
}
