import type { ListedIncident } from "@holdpoint/db/people";
import Link from "next/link";
import { Time } from "../../live/time.tsx";
import { StateChip } from "../../ui/chip.tsx";
import { EmptyNote } from "../../ui/panel.tsx";

/** What waits, one line each, the newest first. */
export function IncidentList({ items }: { items: readonly ListedIncident[] }) {
  if (items.length === 0) return <EmptyNote title="Nothing that matches is dead or in quarantine." />;
  return (
    <ul className="list">
      {items.map((one) => (
        <li key={one.id}>
          <StateChip state={one.state} />
          <span className="grow anywhere">
            <Link className="link" href={`/incidents/${one.id}`} prefetch={false}>
              {one.subject_kind === "job" ? (one.type ?? "job") : one.subject_kind} in {one.venture}
            </Link>{" "}
            <span className="t2">
              {one.reason.replaceAll("_", " ")}, {one.severity}: {one.finding}
            </span>
          </span>
          <span className="t3 nw desk-only">
            <Time at={one.created_at} form="day" />
          </span>
        </li>
      ))}
    </ul>
  );
}
