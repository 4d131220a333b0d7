import type { OperatorRole } from "@holdpoint/policy";
import { plural } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";

/**
 * Scope, reason, one click. A plain form on purpose, also when scripts run: it must not wait behind another action of
 * this page. Other scopes come with the gate in full; until then everything is the one that there is.
 */
export function EngageForm({
  role,
  liveWorkers,
  running,
}: {
  role: OperatorRole | null;
  liveWorkers: number;
  running: string | null;
}) {
  const may = role === "approver" || role === "admin";
  return (
    <form className="engage" action="/stop/engage" method="post">
      <fieldset disabled={!may} className="stack">
        <legend className="sr">What to stop</legend>
        <label className="scope">
          <input type="radio" name="scope" value="everything" defaultChecked />
          <span>
            Everything
            <span className="t2 cap">
              {running === null ? "runs not counted" : `${running} running`}, {plural(liveWorkers, "live worker")}
            </span>
          </span>
        </label>
        <p className="t2">
          Runs get their signal within 1 s and are killed after 10 s. Nothing new starts. No retry is used up.
        </p>
        <label className="field">
          <span>Reason, others will read it</span>
          <input
            className="input"
            name="reason"
            required
            minLength={3}
            maxLength={500}
            autoComplete="off"
            enterKeyHint="go"
          />
        </label>
        <button type="submit" className="stop big">
          <Icon name="octagon" />
          Stop everything
        </button>
      </fieldset>
      {may ? (
        <p className="note">One click, no second question. Works with Redis and workers down, and without scripts.</p>
      ) : (
        <p className="note">
          Stopping everything needs the role approver in the fleet; yours is {role ?? "none"}. Ask an approver or an
          admin.
        </p>
      )}
    </form>
  );
}
