"use client";
import type { Block } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { FormError, Submit } from "../../ui/form.tsx";
import { person } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { resumeAction } from "./actions.ts";

/** What is paused: why, by whom, since when, and the way back. */
export function PausesPanel({ pauses, may }: { pauses: readonly Block[]; may: boolean }) {
  return (
    <Panel title="Paused" aside="What runs goes on, nothing new starts">
      <ul className="list pauses">
        {pauses.map((pause) => (
          <li key={pause.id}>
            <Icon name="pause" small />
            <span className="grow anywhere">
              <b>{pause.key ? `${pause.scope} ${pause.key}` : pause.scope}</b>{" "}
              <span className="t2">
                “{pause.reason}” {person(pause.by_id)}, <Time at={pause.since} form="day" />
              </span>
            </span>
            <ResumeForm pause={pause} may={may} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function ResumeForm({ pause, may }: { pause: Block; may: boolean }) {
  const [state, action] = useFormAction(resumeAction);
  const name = pause.key ? `${pause.scope} ${pause.key}` : pause.scope;
  return (
    <form action={action}>
      <input type="hidden" name="scope" value={pause.scope} />
      <input type="hidden" name="key" value={pause.key} />
      <FormError state={state} />
      <Submit className="btn small" disabled={!may} title={may ? undefined : "Needs the role approver"}>
        <Icon name="play" small />
        Resume<span className="sr"> {name}</span>
      </Submit>
    </form>
  );
}
