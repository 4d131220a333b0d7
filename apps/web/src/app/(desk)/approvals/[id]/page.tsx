import Link from "next/link";
import { Card } from "../../../../features/approvals/card.tsx";
import { CardDetail } from "../../../../features/approvals/card-detail.tsx";
import { readCard, readInbox } from "../../../../features/approvals/queries.ts";
import { currentOperator, myVentures, roleIn } from "../../../../features/session/queries.ts";
import { readFacts } from "../../../../features/shell/queries.ts";
import { readVentureHealth } from "../../../../features/ventures/queries.ts";
import { Icon } from "../../../../ui/icon.tsx";
import { NotHere } from "../../../../ui/not-here.tsx";
import { ErrorNote } from "../../../../ui/panel.tsx";

export const metadata = { title: "Approval" };

export default async function ApprovalPage({ params }: PageProps<"/approvals/[id]">) {
  const { id } = await params;
  const [card, operator, ventures, facts, inbox] = await Promise.all([
    readCard(id),
    currentOperator(),
    myVentures(),
    readFacts(),
    readInbox(),
  ]);
  if (!card.ok && (card.error.code === "not_found" || card.error.code === "invalid")) return <NotHere />;
  if (!card.ok) {
    return (
      <section className="cardcol" aria-label="Card">
        <ErrorNote what="This card" error={card.error} at={card.at} />
      </section>
    );
  }
  const { job } = card.data;
  const health = await readVentureHealth(job.venture);
  const venture = ventures.ok ? (ventures.data.find((one) => one.key === job.venture) ?? null) : null;
  const builders = facts.ok
    ? facts.data.workers.filter((worker) => worker.ended_at === null && worker.lanes.includes("build"))
    : [];
  // Any of them may take it, so the weakest counts, as it does at admission.
  const weakest = builders.find((worker) => worker.isolation === "none") ?? builders[0];
  const place = inbox.ok ? inbox.data.waiting.findIndex((item) => item.id === id) : -1;
  return (
    <>
      <section className="cardcol" aria-label="Card">
        <nav className="ch phone-only" aria-label="Back">
          <Link href="/approvals" className="back" prefetch={false} aria-label="Back to approvals">
            <Icon name="chevron-left" />
          </Link>
          <span className="med">
            {place >= 0 && inbox.ok ? `${place + 1} of ${inbox.data.waiting.length}` : "Approvals"}
          </span>
        </nav>
        <Card
          detail={card.data}
          venture={venture}
          role={roleIn(operator.ok ? operator.data : null, job.venture)}
          evidence={health.ok ? health.data : []}
          isolation={weakest?.isolation ?? null}
        />
      </section>
      <CardDetail detail={card.data} />
    </>
  );
}
