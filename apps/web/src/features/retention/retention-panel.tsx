import type { Retention } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { count } from "../../ui/format.ts";
import type { Result } from "../../server/result.ts";
import { ErrorNote, Panel } from "../../ui/panel.tsx";
import { RetentionForm } from "./retention-form.tsx";

const STAYS = {
  retention: "kept",
  open_jobs: "its time is over; a job in it has not ended",
  open_effects: "its time is over; an effect in it is not settled",
  not_sealed: "its time is over; waits to be sealed",
} as const;

/** How long what is kept, month by month, and why a month is still there. */
export function RetentionPanel({ retention, may }: { retention: Result<Retention>; may: boolean }) {
  if (!retention.ok) {
    return (
      <Panel title="Retention">
        <ErrorNote what="Retention" error={retention.error} at={retention.at} />
      </Panel>
    );
  }
  const { months, log_days: days, kept, dropped } = retention.data;
  return (
    <Panel title="Retention">
      <p className="pad">
        Ended jobs are kept <b>{months === null ? "for ever" : `${months} months`}</b>
        {months === null ? "" : " after the month they were submitted in"}, output of runs <b>{days} days</b>. Receipts,
        the ledger, decisions and the last hash of each job stay.
      </p>
      <table className="caps">
        <thead>
          <tr>
            <th scope="col">Month</th>
            <th scope="col" className="num">
              Jobs, about
            </th>
            <th scope="col">Kept until</th>
            <th scope="col">Why it is there</th>
          </tr>
        </thead>
        <tbody>
          {kept.map((month) => (
            <tr key={month.month}>
              <th scope="row" className="num-l">
                {month.month}
              </th>
              <td className="num" data-label="Jobs, about">
                {month.about_jobs === null ? "not counted yet" : count(month.about_jobs)}
              </td>
              <td data-label="Kept until">
                {month.ends_at === null ? "for ever" : <Time at={month.ends_at} form="day" />}
              </td>
              <td className="t2 wrap" data-label="Why it is there">
                {month.stays === null ? "goes next" : STAYS[month.stays]}
              </td>
            </tr>
          ))}
          {dropped.map((month) => (
            <tr key={month.month}>
              <th scope="row">{month.month}</th>
              <td className="num" data-label="Jobs">
                {count(month.jobs)}
              </td>
              <td data-label="Kept until">
                <Time at={month.dropped_at} form="day" />
              </td>
              <td className="t2 wrap" data-label="Why">
                dropped; its last hashes are kept
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <RetentionForm may={may} />
    </Panel>
  );
}
