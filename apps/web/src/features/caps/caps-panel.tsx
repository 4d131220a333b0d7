import type { Cap, Caps } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { money, person } from "../../ui/format.ts";
import { EmptyNote, ErrorNote, Panel } from "../../ui/panel.tsx";
import type { Result } from "../../server/result.ts";

/** What may be spent, what is gone of it, and when the period ends. Changed from the command line, by an admin. */
export function CapsPanel({ caps }: { caps: Result<Caps> }) {
  return (
    <Panel
      title="Spending caps"
      aside={caps.ok ? <span className="t2">periods end in the zone {caps.data.time_zone}</span> : null}
    >
      {caps.ok ? <Content items={caps.data.items} /> : <ErrorNote what="The caps" error={caps.error} at={caps.at} />}
    </Panel>
  );
}

function Content({ items }: { items: readonly Cap[] }) {
  if (items.length === 0) {
    return (
      <EmptyNote title="No cap is set: automatic spend is off, and every paid job is held.">
        <code className="cmd">npx holdpoint caps set --venture acme --day 25 --threshold 10</code>
      </EmptyNote>
    );
  }
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            {["Of", "Cap", "Approval past", "Captured", "Authorised", "Reserved", "Left", "Ends"].map((name) => (
              <th key={name} scope="col" className={name === "Of" ? undefined : "num"}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((cap) => (
            <Row key={`${cap.venture ?? ""} ${cap.period}`} cap={cap} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ cap }: { cap: Cap }) {
  return (
    <tr>
      <th scope="row">
        {cap.venture ?? "the whole fleet"}, a {cap.period}
        <Notes cap={cap} />
      </th>
      <td className="num">{money(cap.cap_microusd)}</td>
      <td className="num">{cap.threshold_microusd === null ? "–" : money(cap.threshold_microusd)}</td>
      <td className="num">
        {money(cap.captured_microusd)}
        {cap.overrun_microusd > 0 ? <span className="red"> + {money(cap.overrun_microusd)} overrun</span> : null}
      </td>
      <td className="num">{money(cap.authorised_microusd)}</td>
      <td className="num">{money(cap.reserved_microusd)}</td>
      <td className="num">{money(cap.left_microusd)}</td>
      <td className="num nw">
        <Time at={cap.ends_at} form="day" />
      </td>
    </tr>
  );
}

/** What is not as usual with this cap, in words. */
function Notes({ cap }: { cap: Cap }) {
  return (
    <>
      {cap.override_until === null ? null : (
        <p className="note">
          {person(cap.override_by ?? "")} overrode it until <Time at={cap.override_until} form="day" />, then{" "}
          {money(cap.base_microusd)} again.
        </p>
      )}
      {cap.blocked ? (
        <p className="note red">Full: paid work waits until money is returned or the period ends.</p>
      ) : null}
      {cap.overrun_blocked ? (
        <p className="note red">
          A job cost more than was set aside: paid work waits for an admin.{" "}
          <code className="cmd">npx holdpoint caps clear-overrun {cap.venture}</code>
        </p>
      ) : null}
    </>
  );
}
