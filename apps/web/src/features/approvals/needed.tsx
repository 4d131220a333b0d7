import type { JobDetail } from "@holdpoint/db/people";
import { Time } from "../../live/time.tsx";
import { person } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";

type Status = NonNullable<JobDetail["approval_status"]>;

/** Who must approve, who has, and whether the reader may. */
export function Needed({ status }: { status: Status | null }) {
  if (status === null) return null;
  const { given, who, you } = status;
  return (
    <>
      <p>
        {status.missing === 0 ? "Nobody else is needed." : `Needs ${who}. `}
        {status.missing > 0 ? (you === null ? "You may." : (WHY_NOT[you] ?? "Not you.")) : null}
      </p>
      {given.map((one) => (
        <p key={one.decision_id} className="row">
          <Icon name={one.fault === null ? "check" : "circle-x"} small />
          <span className="anywhere">
            {person(one.by)} approved <Time at={one.at} form="ago" />
            {one.form === null
              ? null
              : ` with ${Object.entries(one.form)
                  .map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`)
                  .join(", ")}`}
            {one.fault === null ? "" : `, which no longer counts: ${one.fault.replaceAll("_", " ")}`}
          </span>
        </p>
      ))}
    </>
  );
}

const WHY_NOT: Readonly<Record<string, string>> = {
  already_approved: "Not you: you have approved.",
  own_request: "Not you: you asked for this job.",
  approver_not_in_group: "Not you: you are not in the group.",
  approver_role_too_low: "Not you: your role does not reach.",
  approver_inactive: "Not you: your account is not active.",
};

/** Why the reader can't approve, as the button's title; null: may. */
export function whyNotYou(status: Status | null): string | null {
  if (status?.you == null) return null;
  return WHY_NOT[status.you] ?? "Not you.";
}
