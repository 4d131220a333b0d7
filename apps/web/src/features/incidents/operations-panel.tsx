"use client";
import type { BulkOperation } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { person } from "../../ui/format.ts";
import { FormError, Submit } from "../../ui/form.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { stopBulkAction } from "./actions.ts";

/** Operations on many jobs: how far each is, and the way to stop it. */
export function OperationsPanel({ operations, may }: { operations: readonly BulkOperation[]; may: boolean }) {
  if (operations.length === 0) return null;
  return (
    <Panel title="Operations on many">
      <ul className="list">
        {operations.slice(0, 10).map((one) => (
          <li key={one.id}>
            <span className="grow anywhere">
              <b>
                {one.verb} {one.total}
              </b>{" "}
              <span className="t2">
                {one.state}: {one.done} done, {one.refused} refused, {one.skipped} no longer waited, {one.left} left. “
                {one.reason}” {person(one.by_email)}, <Time at={one.started_at} form="day" />
              </span>
            </span>
            {one.state === "running" ? <StopForm id={one.id} may={may} /> : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function StopForm({ id, may }: { id: string; may: boolean }) {
  const [state, action] = useFormAction(stopBulkAction);
  return (
    <form action={action}>
      <input type="hidden" name="id" value={id} />
      <FormError state={state} />
      <Submit className="btn small" disabled={!may} title={may ? undefined : "Needs the role approver"}>
        Stop it
      </Submit>
    </form>
  );
}
