import { EngageForm } from "../../../features/stops/engage-form.tsx";
import { PartForm } from "../../../features/stops/part-form.tsx";
import { PausesPanel } from "../../../features/stops/pauses-panel.tsx";
import { readNames } from "../../../features/stops/queries.ts";
import { StopPanel } from "../../../features/stops/stop-panel.tsx";
import { readFacts, readMode, readStops } from "../../../features/shell/queries.ts";
import { atLeast, currentOperator, highestRole, roleIn } from "../../../features/session/queries.ts";
import { Icon } from "../../../ui/icon.tsx";
import { upTo } from "../../../ui/format.ts";
import { ErrorNote, Panel } from "../../../ui/panel.tsx";

export const metadata = { title: "Stop" };

export default async function StopPage({ searchParams }: PageProps<"/stop">) {
  const { failed } = await searchParams;
  const [operator, stops, mode, facts, names] = await Promise.all([
    currentOperator(),
    readStops(),
    readMode(),
    readFacts(),
    readNames(),
  ]);
  const me = operator.ok ? operator.data : null;
  const pauses = facts.ok ? facts.data.blocks.filter((block) => block.kind === "pause") : [];
  const may = atLeast(highestRole(me), "approver");
  const words = facts.ok ? waitingWords(facts.data.counts.queued) : null;
  return (
    <div className="stop-col">
      <div className="page-head">
        <h1>Stop</h1>
        <p className="t2">Engage with one click. Lifting needs an admin and a typed word.</p>
      </div>
      {typeof failed === "string" ? (
        <div className="form-error" role="alert">
          <Icon name="circle-x" />
          <p className="grow anywhere">
            <b>The stop was not engaged.</b> {failed}
          </p>
        </div>
      ) : null}
      {stops.ok ? null : (
        <Panel title="Stops in force">
          <ErrorNote what="The list of stops" error={stops.error} at={stops.at} />
        </Panel>
      )}
      {stops.ok
        ? stops.data.map((stop) => (
            <StopPanel
              key={stop.id}
              stop={stop}
              role={roleIn(me, stop.scope === "venture" ? stop.key : "fleet")}
              waiting={words}
            />
          ))
        : null}
      {stops.ok && stops.data.some((stop) => stop.scope === "everything") ? null : (
        <Panel
          title="Stop"
          aside={
            <span className="armed">
              <Icon name="octagon" small /> ARMED <span className="norm t3">no stop of everything in force</span>
            </span>
          }
        >
          <div className="sb">
            <EngageForm
              role={roleIn(me, "fleet")}
              liveWorkers={mode.liveWorkers}
              running={facts.ok ? upTo(facts.data.counts.running) : null}
            />
          </div>
        </Panel>
      )}
      {pauses.length > 0 ? <PausesPanel pauses={pauses} may={may} /> : null}
      <Panel title="A part of the work">
        <div className="sb">
          <PartForm names={names} may={may} />
        </div>
      </Panel>
    </div>
  );
}

/** What becomes ready when the stop is lifted. */
function waitingWords(queued: number): string {
  if (queued === 0) return "No job is queued: nothing starts by itself.";
  return `${upTo(queued)} queued ${queued === 1 ? "job becomes" : "jobs become"} ready at once, within the limits of each venture.`;
}
