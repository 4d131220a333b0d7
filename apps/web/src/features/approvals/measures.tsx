import type { DecisionMeasures } from "@holdpoint/db/people";
import type { Result } from "../../server/result.ts";
import { roughly } from "../../ui/format.ts";
import { ErrorNote, Panel } from "../../ui/panel.tsx";

/** From so many decisions on, hardly any no among them is a sign that nobody looks any more. */
const ENOUGH = 20;

/** How decisions were made lately, per venture and job type. */
export function Measures({ measures }: { measures: Result<DecisionMeasures> }) {
  if (!measures.ok) return <ErrorNote what="How decisions are made" error={measures.error} at={measures.at} />;
  const { items, days } = measures.data;
  if (items.length === 0) return null;
  return (
    <Panel title="How decisions are made" aside={`${days} days`}>
      <table className="queues">
        <thead>
          <tr>
            <th scope="col">Venture, type</th>
            <th scope="col" className="num">
              Decided
            </th>
            <th scope="col" className="num">
              Approved
            </th>
            <th scope="col" className="num">
              Median
            </th>
          </tr>
        </thead>
        <tbody>
          {items.slice(0, 20).map((one) => (
            <tr key={`${one.venture} ${one.type}`}>
              <td className="anywhere">
                {one.venture}, {one.type.replaceAll("_", " ")}
              </td>
              <td className="num">{one.decided}</td>
              <td className={one.decided >= ENOUGH && one.approve_rate > 0.98 ? "num bad" : "num"}>
                {Math.round(one.approve_rate * 100)} %
              </td>
              <td className="num">{roughly(one.median_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="note pad">Near 100 % within seconds is a sign that nobody looks any more.</p>
    </Panel>
  );
}
