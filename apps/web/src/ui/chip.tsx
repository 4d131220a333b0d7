import type { JobState } from "@holdpoint/policy";
import type { IconName } from "./icon-names.ts";
import { Icon } from "./icon.tsx";

const ICONS: Readonly<Record<JobState, IconName>> = {
  submitted: "log-in",
  queued: "hourglass",
  held: "hand",
  running: "play",
  succeeded: "check",
  dead: "skull",
  quarantined: "biohazard",
  canceled: "ban",
  refused: "circle-x",
  rejected: "x",
  expired: "timer",
  discarded: "trash-2",
};

/** A recorded state: a fact, not a label. */
export function StateChip({ state }: { state: JobState }) {
  return (
    <span className="chip" data-s={state}>
      <Icon name={ICONS[state]} />
      {state}
    </span>
  );
}
