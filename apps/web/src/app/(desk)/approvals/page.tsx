import { Measures } from "../../../features/approvals/measures.tsx";
import { readInbox, readMeasures, readStanding } from "../../../features/approvals/queries.ts";
import { StandingPanel } from "../../../features/approvals/standing-panel.tsx";
import { atLeast, currentOperator, roleIn } from "../../../features/session/queries.ts";
import { ErrorNote } from "../../../ui/panel.tsx";

export const metadata = { title: "Approvals" };

export default async function ApprovalsPage() {
  const [inbox, measures, standing, operator] = await Promise.all([
    readInbox(),
    readMeasures(),
    readStanding(),
    currentOperator(),
  ]);
  const n = inbox.ok ? inbox.data.waiting.length + inbox.data.broken.length : 0;
  const me = operator.ok ? operator.data : null;
  return (
    <section className="cardcol none" aria-label="Card">
      <p className="t2">
        {n === 0 ? "Nothing waits for a person." : "Choose a card at the left. The one that expires first is on top."}
      </p>
      {standing.ok ? (
        <StandingPanel
          items={standing.data.map((one) => ({ ...one, may: atLeast(roleIn(me, one.venture), "approver") }))}
        />
      ) : (
        <ErrorNote what="Standing approvals" error={standing.error} at={standing.at} />
      )}
      <Measures measures={measures} />
    </section>
  );
}
