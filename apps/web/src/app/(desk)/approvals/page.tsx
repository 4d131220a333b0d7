import { Measures } from "../../../features/approvals/measures.tsx";
import { readInbox, readMeasures } from "../../../features/approvals/queries.ts";

export const metadata = { title: "Approvals" };

export default async function ApprovalsPage() {
  const [inbox, measures] = await Promise.all([readInbox(), readMeasures()]);
  const n = inbox.ok ? inbox.data.waiting.length + inbox.data.broken.length : 0;
  return (
    <section className="cardcol none" aria-label="Card">
      <p className="t2">
        {n === 0 ? "Nothing waits for a person." : "Choose a card at the left. The one that expires first is on top."}
      </p>
      <Measures measures={measures} />
    </section>
  );
}
