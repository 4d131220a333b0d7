import type { Stop } from "@holdpoint/db/people";
import type { OperatorRole } from "@holdpoint/policy";
import Link from "next/link";
import { plural } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { EngageForm } from "./engage-form.tsx";

/** Stop, on every page. One press opens it, one stops everything. Works without scripts; never locks. */
export function StopButton({
  stops,
  role,
  liveWorkers,
  running,
}: {
  stops: readonly Stop[];
  role: OperatorRole | null;
  liveWorkers: number;
  running: string | null;
}) {
  const [first] = stops;
  if (first) {
    return (
      <Link className="stop hot" href="/stop" prefetch={false}>
        <Icon name="octagon" />
        {plural(stops.length, "stop")}
      </Link>
    );
  }
  return (
    <>
      <button type="button" className="stop" popoverTarget="stop-sheet" aria-haspopup="dialog">
        <Icon name="octagon" />
        Stop
      </button>
      <div id="stop-sheet" popover="auto" className="sheet stop-sheet" role="dialog" aria-labelledby="stop-sheet-title">
        <div className="row">
          <h2 id="stop-sheet-title" className="grow">
            Stop
          </h2>
          <button
            type="button"
            className="btn ghost small"
            popoverTarget="stop-sheet"
            popoverTargetAction="hide"
            aria-label="Close"
          >
            <Icon name="x" small />
          </button>
        </div>
        <EngageForm role={role} liveWorkers={liveWorkers} running={running} />
      </div>
    </>
  );
}
