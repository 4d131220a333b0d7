"use client";
import type { BulkPreview } from "@holdpoint/db/people";
import { exact } from "../../ui/format.ts";
import { FormError, NoEnter, ReasonField, Submit } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { startBulkAction } from "./actions.ts";

/** All that match, in groups, with the two answers for all of them. What comes after the page was made is left alone. */
export function BulkPanel({ preview, id, words }: { preview: BulkPreview; id: string; words: string }) {
  const [state, action] = useFormAction(startBulkAction);
  const { filter, total, groups, as_of: asOf } = preview;
  return (
    <Panel title="All that match" aside={<span className="t2">{words}</span>}>
      <div className="pad stack tight">
        <p>
          <b>{total === 1 ? "1 job" : `${total} jobs`}</b> <span className="t2">as of {exact(asOf)}</span>
        </p>
        <ul className="t2">
          {groups.slice(0, 8).map((group) => (
            <li key={`${group.venture} ${group.type} ${group.class} ${group.reason}`}>
              {group.count} {group.type} in {group.venture}: {group.reason.replaceAll("_", " ")}
              {group.class === null || group.class === group.reason ? "" : ` (${group.class})`}
            </li>
          ))}
          {groups.length > 8 ? <li>and {groups.length - 8} more groups</li> : null}
        </ul>
        {total === 0 ? null : (
          <form action={action} className="stack tight">
            <NoEnter />
            <input type="hidden" name="id" value={id} />
            <input type="hidden" name="as_of" value={asOf} />
            {Object.entries(filter).map(([name, value]) => (
              <input key={name} type="hidden" name={name === "reason" ? "filter_reason" : name} value={value} />
            ))}
            <ReasonField state={state} label="Why? Kept with each decision" />
            <FormError state={state} />
            {state.done ? (
              <p role="status" className="t2">
                {state.done}
              </p>
            ) : null}
            <div className="row wrap">
              <Submit name="verb" value="discard">
                <Icon name="x" small />
                Discard all {total}
              </Submit>
              <Submit name="verb" value="release">
                <Icon name="rotate-ccw" small />
                Release all {total}
              </Submit>
            </div>
            <p className="note">Each is decided by itself, as you: what you may not decide is refused and listed.</p>
          </form>
        )}
      </div>
    </Panel>
  );
}
