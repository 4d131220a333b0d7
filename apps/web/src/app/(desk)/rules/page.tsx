import { BuiltInPanel } from "../../../features/policy/built-in-panel.tsx";
import { CapsPanel } from "../../../features/caps/caps-panel.tsx";
import { readCaps } from "../../../features/caps/queries.ts";
import { FollowUpPanel } from "../../../features/policy/follow-up-panel.tsx";
import { PolicyPanel } from "../../../features/policy/policy-panel.tsx";
import { readPolicy, readVersions } from "../../../features/policy/queries.ts";
import { currentOperator, myVentures, roleIn } from "../../../features/session/queries.ts";
import { RulesTabs } from "../../../features/shell/rules-tabs.tsx";
import { readFacts } from "../../../features/shell/queries.ts";
import { Time } from "../../../live/time.tsx";
import { person } from "../../../ui/format.ts";
import { ErrorNote, Panel } from "../../../ui/panel.tsx";

export const metadata = { title: "Rules" };

export default async function RulesPage() {
  const [policy, versions, caps, me, ventures, facts] = await Promise.all([
    readPolicy(),
    readVersions(),
    readCaps(),
    currentOperator(),
    myVentures(),
    readFacts(),
  ]);
  const keys = ventures.ok ? ventures.data.map((venture) => venture.key).filter((key) => key !== "fleet") : [];
  const blocks = facts.ok ? facts.data.blocks : [];
  return (
    <>
      <div className="page-head">
        <h1>Rules</h1>
        <RulesTabs here="/rules" />
      </div>
      <div className="stack">
        {policy.ok ? (
          <PolicyPanel {...policy.data} />
        ) : (
          <Panel title="Policy">
            <ErrorNote what="The policy" error={policy.error} at={policy.at} />
          </Panel>
        )}
        <CapsPanel
          caps={caps}
          overruns={blocks.filter((block) => block.scope === "paid" && block.kind === "overrun")}
          ventures={["", ...keys]}
          mayChange={(venture) => roleIn(me.ok ? me.data : null, venture || "fleet") === "admin"}
        />
        <BuiltInPanel />
        {policy.ok && policy.data.policy !== null ? <FollowUpPanel policy={policy.data.policy} /> : null}
        <Panel title="Versions">
          {versions.ok ? (
            <ul className="list">
              {versions.data.map((version) => (
                <li key={version.version}>
                  <span className="num">{version.version}</span>
                  <span className="grow cut">
                    {person(version.activated_by)} <span className="t2">{version.reason}</span>
                  </span>
                  <span className="num t3 nw">
                    <Time at={version.activated_at} form="day" />
                  </span>
                </li>
              ))}
            </ul>
          ) : (
            <ErrorNote what="The versions" error={versions.error} at={versions.at} />
          )}
        </Panel>
      </div>
    </>
  );
}
