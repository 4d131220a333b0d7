"use client";
import type { FormField } from "@holdpoint/policy";
import { FormDone, FormError, NoEnter, Submit } from "../../ui/form.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useFormAction } from "../../ui/use-form-action.ts";
import { AnswerFields } from "./answer-fields.tsx";
import { OPENED } from "./open-first.ts";
import { addStandingAction } from "./standing-actions.ts";

interface Props {
  jobId: string;
  planHash: string;
  /** What one job of this plan may cost, in words; null: it is free. */
  each: string | null;
  /** The schedule that submitted it; null: something else did. */
  schedule: string | null;
  /** The job itself waits for this approval. */
  held: boolean;
  toType: string | null;
  fields: readonly FormField[];
  /** The exact plan, where it must be opened first; null: it need not. */
  openFirst: string | null;
  refusal: string | null;
}

/** Approves a plan for jobs to come: until when, how often, up to what cost, and why nobody need look each time. */
export function StandingForm(props: Props) {
  const [state, action] = useFormAction(addStandingAction);
  const kept = state.values ?? {};
  const opened = state.done === OPENED;
  return (
    <form action={action}>
      <NoEnter />
      <input type="hidden" name="job" value={props.jobId} />
      <input type="hidden" name="plan_hash" value={props.planHash} />
      <fieldset disabled={props.refusal !== null} className="stack">
        <legend className="sr">Terms</legend>
        <label className="field">
          <span>Until, in UTC; within a year</span>
          <input className="input" name="until" type="datetime-local" required defaultValue={kept["until"]} />
        </label>
        <label className="field">
          <span>At most so often; may be left out</span>
          <input
            className="input"
            name="max_uses"
            inputMode="numeric"
            autoComplete="off"
            defaultValue={kept["max_uses"]}
          />
        </label>
        {props.each === null ? null : (
          <label className="field">
            <span>Up to this cost in all, in dollars; one may cost {props.each}</span>
            <input
              className="input"
              name="cost"
              inputMode="decimal"
              autoComplete="off"
              required
              defaultValue={kept["cost"]}
            />
          </label>
        )}
        <label className="field">
          <span>Why need nobody look each time? Others will read it</span>
          <input
            className="input"
            name="reason"
            required
            minLength={3}
            maxLength={500}
            autoComplete="off"
            defaultValue={kept["reason"]}
          />
        </label>
        {props.schedule === null ? null : (
          <label className="tick">
            <input type="checkbox" name="only_schedule" value="1" defaultChecked />
            <span>Only what the schedule {props.schedule} submits</span>
          </label>
        )}
        {props.held ? (
          <label className="tick">
            <input type="checkbox" name="also" value="1" defaultChecked />
            <span>Approve this job too</span>
          </label>
        ) : null}
        <AnswerFields
          openFirst={props.openFirst}
          opened={opened}
          half={false}
          toType={props.toType}
          fields={props.fields}
          filled={{}}
          yes="Sign"
        />
        <FormError state={state} />
        {opened ? null : <FormDone state={state} />}
        <div>
          <Submit>
            <Icon name="check" small />
            Sign it
          </Submit>
        </div>
      </fieldset>
      {props.refusal === null ? null : <p className="note">{props.refusal}</p>}
    </form>
  );
}
