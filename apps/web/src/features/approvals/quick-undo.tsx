"use client";
import { useNow } from "../../live/clock.tsx";
import { Submit } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { decideAction } from "./actions.ts";
import { useFormAction } from "../../ui/use-form-action.ts";

/** Takes a decision back from the list, while no worker has claimed the job. */
export function QuickUndo({ jobId, startsAt, may }: { jobId: string; startsAt: string; may: boolean }) {
  const [, action] = useFormAction(decideAction);
  const left = Math.ceil((Date.parse(startsAt) - useNow()) / 1000);
  return (
    <form action={action}>
      <input type="hidden" name="job" value={jobId} />
      <Submit
        className="btn small"
        name="verb"
        value="undo"
        disabled={!may}
        title={may ? undefined : "Needs the role approver"}
      >
        <Icon name="undo-2" small />
        {left > 0 ? `Undo (${left} s)` : "Undo"}
      </Submit>
    </form>
  );
}
