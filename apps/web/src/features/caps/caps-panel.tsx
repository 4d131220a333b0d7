import type { Block, Cap, Caps } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { money, person } from "../../ui/format.ts";
import { EmptyNote, ErrorNote, Panel } from "../../ui/panel.tsx";
import type { Result } from "../../server/result.ts";
import { CapForm } from "./cap-form.tsx";
import { ClearOverrun, EndOverride } from "./mend-forms.tsx";

/** What may be spent, what is gone of it, and when the period ends; an admin of the cap's venture changes it. */
export function CapsPanel({
  caps,
  overruns,
  ventures,
  mayChange,
}: {
  caps: Result<Caps>;
  /** The blocks of ventures whose work cost more than was set aside. */
  overruns: readonly Block[];
  /** The ventures to choose from; empty is the whole fleet. */
  ventures: readonly string[];
  /** Whether the person is an admin of a venture, or (empty) of the fleet. */
  mayChange: (venture: string) => boolean;
}) {
  const own = ventures.filter(mayChange);
  return (
    <Panel
      title="Spending caps"
      aside={caps.ok ? <span className="t2">periods end in the zone {caps.data.time_zone}</span> : null}
    >
      {caps.ok ? (
        <>
          <Content items={caps.data.items} mayChange={mayChange} />
          <Overruns blocks={overruns} mayChange={mayChange} />
          <CapForm ventures={own.length > 0 ? own : ventures} may={own.length > 0} />
        </>
      ) : (
        <ErrorNote what="The caps" error={caps.error} at={caps.at} />
      )}
    </Panel>
  );
}

type May = (venture: string) => boolean;

function Content({ items, mayChange }: { items: readonly Cap[]; mayChange: May }) {
  if (items.length === 0) {
    return (
      <EmptyNote title="No cap is set: automatic spend is off, and every paid job is held.">
        An admin sets the first one below.
      </EmptyNote>
    );
  }
  return (
    <div className="scroll">
      <table className="caps">
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
            <Row key={`${cap.venture ?? ""} ${cap.period}`} cap={cap} may={mayChange(cap.venture ?? "")} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Overruns({ blocks, mayChange }: { blocks: readonly Block[]; mayChange: May }) {
  return blocks.map((block) => (
    <section key={block.id} className="stack tight overrun" aria-label={`Overrun of ${block.key}`}>
      <p>
        <b>{block.key}</b>: <span className="t2">{block.reason}</span> Since <Time at={block.since} form="day" /> its
        paid work waits for an admin.
      </p>
      <ClearOverrun venture={block.key} may={mayChange(block.key)} />
    </section>
  ));
}

function Row({ cap, may }: { cap: Cap; may: boolean }) {
  return (
    <tr>
      <th scope="row">
        {cap.venture ?? "the whole fleet"}, a {cap.period}
        <Notes cap={cap} may={may} />
      </th>
      <td className="num" data-label="Cap">
        {money(cap.cap_microusd)}
      </td>
      <td className="num" data-label="Approval past">
        {cap.threshold_microusd === null ? "–" : money(cap.threshold_microusd)}
      </td>
      <td className="num" data-label="Captured">
        {money(cap.captured_microusd)}
        {cap.overrun_microusd > 0 ? <span className="red"> + {money(cap.overrun_microusd)} overrun</span> : null}
      </td>
      <td className="num" data-label="Authorised">
        {money(cap.authorised_microusd)}
      </td>
      <td className="num" data-label="Reserved">
        {money(cap.reserved_microusd)}
      </td>
      <td className="num" data-label="Left">
        {money(cap.left_microusd)}
      </td>
      <td className="num nw" data-label="Ends">
        <Time at={cap.ends_at} form="day" />
      </td>
    </tr>
  );
}

/** What is not as usual with this cap, in words. */
function Notes({ cap, may }: { cap: Cap; may: boolean }) {
  return (
    <>
      {cap.override_until === null ? null : (
        <>
          <p className="note">
            {person(cap.override_by ?? "")} overrode it until <Time at={cap.override_until} form="day" />, then{" "}
            {money(cap.base_microusd)} again.
          </p>
          <EndOverride venture={cap.venture ?? ""} period={cap.period} may={may} />
        </>
      )}
      {cap.blocked ? (
        <p className="note red">Full: paid work waits until money is returned or the period ends.</p>
      ) : null}
      {cap.overrun_blocked ? (
        <p className="note red">A job cost more than was set aside: paid work waits for an admin.</p>
      ) : null}
    </>
  );
}
