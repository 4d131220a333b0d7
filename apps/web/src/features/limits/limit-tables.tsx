import type { Limit, Limits, Provider } from "@holdpoint/db/people";
import { formatDuration } from "@holdpoint/policy";
import { Time } from "../../live/time.tsx";
import { plural } from "../../ui/format.ts";
import { EmptyNote, Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import { Gauge } from "./gauge.tsx";

/** Ventures: what runs at once, and what has started for the first time in the last hour. */
export function VentureLimits({ items, fleet }: { items: readonly Limit[]; fleet: Limits["defaults"] }) {
  const keys = [...new Set(items.map((one) => one.key))];
  const aside = `A new venture begins with ${fleet.concurrency} runs, ${fleet.first_starts} starts an hour`;
  return (
    <Panel title="Ventures" aside={aside}>
      <Table className="caps limits" heads={["Venture", "Run at once", "First starts in the last hour"]}>
        {keys.map((key) => {
          const of = (kind: Limit["kind"]) => items.find((one) => one.key === key && one.kind === kind);
          return (
            <tr key={key}>
              <th scope="row" className="anywhere">
                {key}
              </th>
              <td data-label="Run at once">
                <Filled limit={of("concurrency")} />
              </td>
              <td data-label="First starts in the last hour">
                <Filled limit={of("first_starts")} />
              </td>
            </tr>
          );
        })}
      </Table>
      {keys.length === 0 ? <EmptyNote title="No venture that you may see has a limit." /> : null}
    </Panel>
  );
}

/** Job types that may run only so often at once, over all ventures. */
export function TypeLimits({ items }: { items: readonly Limit[] }) {
  return (
    <Panel title="Job types" aside="over all ventures">
      {items.length === 0 ? <EmptyNote title="No job type has a limit of its own." /> : null}
      {items.length === 0 ? null : (
        <Table className="caps limits" heads={["Type", "Run at once"]}>
          {items.map((one) => (
            <tr key={one.key}>
              <th scope="row" className="anywhere">
                {one.key}
              </th>
              <td data-label="Run at once">
                <Filled limit={one} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  );
}

/** Outside services: their rate, and what holds back the types that name them. */
export function ProviderLimits({ providers, items }: { providers: readonly Provider[]; items: readonly Limit[] }) {
  if (providers.length === 0) {
    return (
      <Panel title="Providers">
        <EmptyNote title="No job type names an outside service." />
      </Panel>
    );
  }
  return (
    <Panel title="Providers" aside="shared by all ventures">
      <Table className="caps limits" heads={["Provider", "Starts", "Now"]}>
        {providers.map((one) => {
          const rate = items.find((item) => item.key === one.name);
          return (
            <tr key={one.name}>
              <th scope="row" className="anywhere">
                {one.name}
                <p className="note">{one.types.join(", ")}</p>
              </th>
              <td data-label="Starts">
                {rate === undefined ? (
                  <span className="t2">no rate</span>
                ) : (
                  <Gauge
                    used={rate.in_use}
                    max={rate.max}
                    per={rate.per_ms === null ? "" : ` in ${formatDuration(rate.per_ms)}`}
                  />
                )}
              </td>
              <td data-label="Now" className="wrap">
                <ProviderState provider={one} />
              </td>
            </tr>
          );
        })}
      </Table>
    </Panel>
  );
}

const WAITS = { rate: "FULL", paused_by_provider: "PAUSED", provider_down: "DOWN" } as const;

function ProviderState({ provider: { waits, failures } }: { provider: Provider }) {
  if (waits.length === 0) {
    return (
      <span className="t2">open{failures === 0 ? "" : `; ${plural(failures, "failure")} in the last minute`}</span>
    );
  }
  return waits.map((one) => (
    <p key={one.kind}>
      <b className={one.kind === "rate" ? undefined : "amber"}>{WAITS[one.kind]}</b> <Until at={one.wake_at} />
      <span className="t2">
        {one.wake_at === null ? "" : ": "}
        {one.reason}
      </span>
    </p>
  ));
}

function Filled({ limit }: { limit: Limit | undefined }) {
  if (limit === undefined) return <span className="t2">no limit</span>;
  return (
    <>
      <Gauge used={limit.in_use} max={limit.max} />
      {limit.blocked ? (
        <span className="full">
          <b className="amber">FULL</b> <Until at={limit.wake_at} />
        </span>
      ) : null}
    </>
  );
}

function Until({ at }: { at: string | null }) {
  if (at === null) return null;
  return (
    <span className="t2">
      until <Time at={at} form="day" />
    </span>
  );
}
