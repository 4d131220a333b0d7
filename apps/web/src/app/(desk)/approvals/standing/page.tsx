import Link from "next/link";
import { readStanding } from "../../../../features/approvals/queries.ts";
import { StandingPanel } from "../../../../features/approvals/standing-panel.tsx";
import { atLeast, currentOperator, roleIn } from "../../../../features/session/queries.ts";
import { ErrorNote } from "../../../../ui/panel.tsx";

export const metadata = { title: "Standing approvals" };

export default async function StandingPage({ searchParams }: PageProps<"/approvals/standing">) {
  const all = (await searchParams)["all"] === "1";
  const [standing, operator] = await Promise.all([readStanding(all), currentOperator()]);
  const me = operator.ok ? operator.data : null;
  return (
    <section className="cardcol wide" aria-label="Standing approvals">
      <nav className="crumb row" aria-label="Back">
        <Link className="t2" href="/approvals" prefetch={false}>
          Approvals
        </Link>
      </nav>
      <div className="page-head">
        <h1>Standing approvals</h1>
        <Link className="link" href={all ? "/approvals/standing" : "/approvals/standing?all=1"} prefetch={false}>
          {all ? "Without those that were ended" : "Show ended ones too"}
        </Link>
      </div>
      {standing.ok ? (
        <StandingPanel
          items={standing.data.map((one) => ({
            ...one,
            may: atLeast(roleIn(me, one.venture), "approver"),
            mine: me !== null && one.signed_by.includes(me.email),
          }))}
        />
      ) : (
        <ErrorNote what="Standing approvals" error={standing.error} at={standing.at} />
      )}
    </section>
  );
}
