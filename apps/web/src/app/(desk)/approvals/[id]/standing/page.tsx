import Link from "next/link";
import { whyNotYou } from "../../../../../features/approvals/needed.tsx";
import { parsePlan } from "../../../../../features/approvals/plan-diff.ts";
import { readCard } from "../../../../../features/approvals/queries.ts";
import { StandingForm } from "../../../../../features/approvals/standing-form.tsx";
import { jobTitle } from "../../../../../features/jobs/title.ts";
import { atLeast, currentOperator, roleIn } from "../../../../../features/session/queries.ts";
import { money } from "../../../../../ui/format.ts";
import { NotHere } from "../../../../../ui/not-here.tsx";
import { EmptyNote, ErrorNote, Panel } from "../../../../../ui/panel.tsx";

export const metadata = { title: "Standing approval" };

export default async function SignStandingPage({ params }: PageProps<"/approvals/[id]/standing">) {
  const { id } = await params;
  const [card, operator] = await Promise.all([readCard(id), currentOperator()]);
  if (!card.ok && (card.error.code === "not_found" || card.error.code === "invalid")) return <NotHere />;
  return (
    <section className="cardcol wide" aria-label="Standing approval">
      <nav className="crumb row" aria-label="Back">
        <Link className="t2" href={`/approvals/${id}`} prefetch={false}>
          Back to the card
        </Link>
      </nav>
      {card.ok ? (
        <Content detail={card.data} role={roleIn(operator.ok ? operator.data : null, card.data.job.venture)} />
      ) : (
        <ErrorNote what="This card" error={card.error} at={card.at} />
      )}
    </section>
  );
}

interface ContentProps {
  detail: Extract<Awaited<ReturnType<typeof readCard>>, { ok: true }>["data"];
  role: ReturnType<typeof roleIn>;
}

function Content({ detail, role }: ContentProps) {
  const { job, plan, approval_status: status } = detail;
  const held = job.state === "held" && job.held_for !== "park" && job.held_for !== "retry";
  if (plan === null || !job.needs_approval) {
    return <EmptyNote title="This job has no plan that a person must approve." />;
  }
  const refusal = atLeast(role, "approver") ? whyNotYou(held ? status : null) : "Needs the role approver.";
  const exact = JSON.stringify(parsePlan(plan.body) ?? {}, null, 2);
  return (
    <>
      <div className="page-head">
        <h1 className="anywhere">Approve this plan from now on</h1>
        <p className="t2 anywhere">
          {jobTitle(job)} in {job.venture}. Jobs with exactly this plan then start without a person; any change of it
          asks again.
        </p>
      </div>
      <div className="terms">
        <Panel title="Terms">
          <div className="pad">
            <StandingForm
              jobId={job.id}
              planHash={plan.hash}
              each={job.ceiling_microusd === 0 ? null : money(job.ceiling_microusd)}
              schedule={job.submitted_by.kind === "schedule" ? job.submitted_by.id : null}
              held={held}
              toType={(status?.requirement ?? job.approval)?.typed ?? null}
              fields={status?.form ?? []}
              openFirst={status?.details_first === true ? exact : null}
              refusal={refusal}
            />
          </div>
        </Panel>
        <Panel title="The exact plan">
          <div className="pad">
            <pre className="code" tabIndex={0} aria-label="The plan">
              {exact}
            </pre>
          </div>
        </Panel>
      </div>
    </>
  );
}
