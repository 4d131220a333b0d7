import Link from "next/link";
import { LimitForm } from "../../../../features/limits/limit-form.tsx";
import { ProviderLimits, TypeLimits, VentureLimits } from "../../../../features/limits/limit-tables.tsx";
import { Gauge } from "../../../../features/limits/gauge.tsx";
import { readLimits, readTypeNames } from "../../../../features/limits/queries.ts";
import { currentOperator, highestRole } from "../../../../features/session/queries.ts";
import { RulesTabs } from "../../../../features/shell/rules-tabs.tsx";
import { plural } from "../../../../ui/format.ts";
import { ErrorNote, Panel } from "../../../../ui/panel.tsx";

export const metadata = { title: "Limits" };

export default async function LimitsPage() {
  const [limits, types, me] = await Promise.all([readLimits(), readTypeNames(), currentOperator()]);
  const of = (scope: "venture" | "type" | "provider") =>
    limits.ok ? limits.data.items.filter((one) => one.scope === scope) : [];
  const names = [
    ...new Set([
      ...of("venture").map((one) => one.key),
      ...types,
      ...(limits.ok ? limits.data.providers.map((one) => one.name) : []),
    ]),
  ];
  return (
    <>
      <div className="page-head">
        <h1>Rules</h1>
        <RulesTabs here="/rules/limits" />
      </div>
      {limits.ok ? (
        <div className="stack">
          <Panel
            title="Workers"
            aside={
              <Link className="link" href="/fleet" prefetch={false}>
                Open the fleet
              </Link>
            }
          >
            <p className="pad row wrap">
              <Gauge used={limits.data.workers.in_use} max={limits.data.workers.max} per=" places taken" />
              {limits.data.workers.standby > 0 ? (
                <span className="t2">{plural(limits.data.workers.standby, "worker")} on standby</span>
              ) : null}
            </p>
          </Panel>
          <VentureLimits items={of("venture")} fleet={limits.data.defaults} />
          <TypeLimits items={of("type")} />
          <ProviderLimits providers={limits.data.providers} items={of("provider")} />
          <Panel title="Set or remove a limit">
            <LimitForm names={names} may={highestRole(me.ok ? me.data : null) === "admin"} />
          </Panel>
        </div>
      ) : (
        <Panel title="Limits">
          <ErrorNote what="The limits" error={limits.error} at={limits.at} />
        </Panel>
      )}
    </>
  );
}
