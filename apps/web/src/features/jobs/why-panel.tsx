import Link from "next/link";
import { Time } from "../../live/time.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Panel } from "../../ui/panel.tsx";
import { gateChecks, type GateCheck } from "./gate.ts";
import type { JobPage } from "./queries.ts";

const ICONS = { met: "check", waits: "hourglass", "not asked": "circle-dashed" } as const;
const CLASSES: Readonly<Record<GateCheck["state"], string>> = { met: "met", waits: "wait", "not asked": "none" };

/** For a job that is not running: the gate's six checks in order, the one that it waits on opened. */
export function WhyPanel({ page }: { page: JobPage }) {
  const checks = gateChecks(page);
  const open = checks.find((check) => check.state === "waits");
  return (
    <Panel
      title="Why is it waiting?"
      aside={
        <>
          asked <Time at={page.now} form="ago" />
        </>
      }
    >
      <ol className="gate">
        {checks.map((check) => (
          <li key={check.name} className={CLASSES[check.state]} aria-current={check === open ? "step" : undefined}>
            <span className="g">
              <Icon name={ICONS[check.state]} />
            </span>
            <span className="gn">{check.name}</span>
            <span className="gd cap cut" title={check.said}>
              {check.said}
            </span>
          </li>
        ))}
      </ol>
      <div className="open">
        {open ? (
          <p className="anywhere">
            <b>Waits {open.waits ?? `on ${open.name.toLowerCase()}`}.</b> {open.detail}{" "}
            {open.name === "Approval" ? (
              <Link className="link" href={`/approvals/${page.job.id}`} prefetch={false}>
                Open the card
              </Link>
            ) : null}
            {page.wait?.kind === "signal" && open.name === "Lease" ? (
              <a className="link" href="#signals">
                Send it here
              </a>
            ) : null}
            {open.name === "Limits" ? (
              <Link className="link" href="/rules/limits" prefetch={false}>
                Open the limits
              </Link>
            ) : null}
            {open.name === "Stop" ? (
              <Link className="link" href="/stop" prefetch={false}>
                Open the stop
              </Link>
            ) : null}
          </p>
        ) : (
          <p>
            Nothing keeps it.{" "}
            {page.job.state === "submitted"
              ? "Admission decides next; without a live worker nobody does."
              : "The next free slot of its queue takes it; without a live worker none is free."}
          </p>
        )}
      </div>
    </Panel>
  );
}
