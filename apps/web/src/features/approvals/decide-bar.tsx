"use client";
import type { FormField, FormValues } from "@holdpoint/policy";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import { Time } from "../../live/time.tsx";
import { useNow } from "../../live/clock.tsx";
import { NoEnter, Submit } from "../../ui/form.tsx";
import { clock, shortId } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { isTyping } from "../shell/shortcuts.tsx";
import { AnswerFields } from "./answer-fields.tsx";
import { OPENED } from "./open-first.ts";
import { decideAction } from "./actions.ts";
import type { CardState } from "./card-state.ts";
import { useCheckedPlan } from "./use-checked-plan.ts";
import { useFormAction } from "../../ui/use-form-action.ts";

/** A key pressed while the card was still appearing was meant for what was there before. */
const NOT_BEFORE_MS = 400;

interface Props {
  jobId: string;
  planHash: string | null;
  state: CardState;
  /** Null: may decide. Else why not. */
  refusal: string | null;
  /** Why this person may reject but not approve; null: may approve. */
  notYou: string | null;
  /** The exact text that an approval takes; null: none. */
  toType: string | null;
  /** Whether the first of two approvals is there and can be taken back. */
  half: boolean;
  /** The exact plan, which must be opened first after a run of quick approvals; null: it need not. */
  openFirst: string | null;
  /** What the approver fills in. */
  fields: readonly FormField[];
  /** What the first of two approvers filled in. */
  filled: FormValues;
}

/** The foot of the card: two equal answers, or one sentence in their place. It never changes its height or moves on. */
export function DecideBar(props: Props) {
  const [form, action] = useFormAction(decideAction);
  const [seen, setSeen] = useState(props.planHash);
  const replaced = props.state.kind === "open" && seen !== props.planHash;
  return (
    <div className="decide" aria-live="polite">
      {form.error ? (
        <p className="reason red" role="alert">
          <Icon name="circle-x" small />
          <span>{form.error.message}</span>
        </p>
      ) : null}
      {replaced ? (
        <>
          <p className="reason">What would run has changed since you opened this card.</p>
          <p className="result sentence">
            <Icon name="file-diff" />
            <span>
              Plan changed.{" "}
              <button type="button" className="link" onClick={() => setSeen(props.planHash)}>
                Open plan {shortId(props.planHash ?? "")}
              </button>
            </span>
          </p>
        </>
      ) : (
        <Foot {...props} action={action} typed={form.values?.["reason"]} opened={form.done === OPENED} />
      )}
    </div>
  );
}

type FootProps = Props & { action: (form: FormData) => void; typed: string | undefined; opened: boolean };

function Foot({ state, ...rest }: FootProps) {
  switch (state.kind) {
    case "open":
      return <Answers {...rest} verbs={state.verbs} />;
    case "undo":
      return <Undo {...rest} state={state} />;
    case "claimed":
      return (
        <>
          <p className="reason">
            <span>
              Claimed by <span className="mono">{state.worker}</span> {clock(state.startedAt)}. Heard{" "}
              <Time at={state.heardAt} form="ago" />.
            </span>
          </p>
          {state.cancelRequested ? (
            <p className="result sentence">
              <Icon name="hourglass" />
              Cancel requested. The run ends when its worker has heard.
            </p>
          ) : (
            <Link className="btn wide" href={`/jobs/${rest.jobId}?cancel=1`} prefetch={false}>
              Cancel run…
            </Link>
          )}
        </>
      );
    case "over":
      return (
        <>
          <p className="reason">{state.reason ? <span className="cut">Reason: “{state.reason}”</span> : null}</p>
          <p className="result sentence">
            <Icon name={state.sentence.startsWith("Expired") ? "timer" : "user"} />
            <span>
              {state.sentence} {state.at ? <Time at={state.at} form="day" /> : null}{" "}
              <Link className="link" href={`/jobs/${rest.jobId}`} prefetch={false}>
                Open the job
              </Link>
            </span>
          </p>
        </>
      );
  }
}

const WORDS = {
  approve: { word: "Approve", key: "a", icon: "check" },
  reject: { word: "Reject", key: "r", icon: "x" },
  release: { word: "Release", key: "a", icon: "rotate-ccw" },
  discard: { word: "Discard", key: "r", icon: "x" },
} as const;

function Answers({
  jobId,
  planHash,
  refusal,
  action,
  typed,
  verbs,
  notYou,
  toType,
  half,
  openFirst,
  opened,
  fields,
  filled,
}: Omit<FootProps, "state"> & { verbs: readonly [keyof typeof WORDS, keyof typeof WORDS] }) {
  const check = useCheckedPlan(jobId, planHash);
  const locked = refusal !== null || check.lockedBecause !== null;
  const box = useRef<HTMLFormElement>(null);
  useAnswerKeys(box);
  return (
    <form action={action} ref={box} className="answers">
      <NoEnter />
      <input type="hidden" name="job" value={jobId} />
      <input type="hidden" name="plan_hash" value={planHash ?? ""} />
      {check.note ? (
        <p className="reason amber" role="status">
          <Icon name="rotate-ccw" small />
          <span>{check.note}</span>
          {check.lockedBecause ? (
            <button type="button" className="link" onClick={check.again}>
              Check again
            </button>
          ) : null}
        </p>
      ) : null}
      {refusal ? (
        <p className="reason">
          <Icon name="lock" small />
          {refusal}
        </p>
      ) : (
        <details className="why" open={typed || verbs[0] === "discard" ? true : undefined}>
          <summary className="reason">
            <Icon name="plus" small />
            {verbs[0] === "discard" ? "Discarding needs a reason" : "Add a reason, for either answer"}
          </summary>
          <input
            className="input"
            name="reason"
            defaultValue={typed}
            maxLength={500}
            autoComplete="off"
            aria-label="Reason"
          />
        </details>
      )}
      {refusal === null ? (
        <AnswerFields
          openFirst={notYou === null ? openFirst : null}
          opened={opened}
          half={half}
          toType={notYou === null ? toType : null}
          fields={notYou === null ? fields : []}
          filled={filled}
          yes={WORDS[verbs[1]].word}
        />
      ) : null}
      <div className="two">
        {verbs.map((verb) => (
          <Submit
            key={verb}
            name="verb"
            value={verb}
            disabled={locked || (verb === verbs[1] && notYou !== null)}
            formNoValidate={verb === verbs[0]}
            shortcut={WORDS[verb].key}
            title={refusal ?? (verb === verbs[1] ? (notYou ?? undefined) : undefined)}
          >
            <Icon name={locked || (verb === verbs[1] && notYou !== null) ? "lock" : WORDS[verb].icon} />
            {WORDS[verb].word} <span className="kbd">{WORDS[verb].key}</span>
          </Submit>
        ))}
      </div>
    </form>
  );
}

function Undo({
  jobId,
  refusal,
  action,
  state,
}: Omit<FootProps, "state"> & { state: Extract<CardState, { kind: "undo" }> }) {
  const now = useNow();
  const left = Math.ceil((Date.parse(state.startsAt) - now) / 1000);
  return (
    <form action={action}>
      <input type="hidden" name="job" value={jobId} />
      <p className="reason">
        <span>
          {state.by} {state.said} this {clock(state.at)}. Nothing has started.
        </span>
      </p>
      <Submit className="btn wide" name="verb" value="undo" disabled={refusal !== null} title={refusal ?? undefined}>
        <Icon name="undo-2" />
        {left > 0 ? `Undo (${left} s)` : "Undo, until a worker claims it"}
      </Submit>
    </form>
  );
}

/** a and r press the buttons, but not while typing, and not in the card's first moments. */
function useAnswerKeys(box: React.RefObject<HTMLFormElement | null>): void {
  useEffect(() => {
    const appeared = performance.now();
    const press = (event: KeyboardEvent) => {
      if (isTyping(event) || document.documentElement.dataset["shortcuts"] === "off") return;
      if (performance.now() - appeared < NOT_BEFORE_MS) return;
      const button = box.current?.querySelector<HTMLButtonElement>(`button[data-shortcut="${CSS.escape(event.key)}"]`);
      if (!button || button.disabled) return;
      event.preventDefault();
      button.click();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [box]);
}
