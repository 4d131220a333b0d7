import type { Identity } from "@holdpoint/db/people";
import { Icon } from "../../ui/icon.tsx";
import { person } from "../../ui/format.ts";
import { signOutAction } from "../session/actions.ts";
import { highestRole } from "../session/queries.ts";
import { ThemeSwitch } from "./theme-switch.tsx";

/** Theme, shortcuts, who is signed in, and the way out. */
export function AccountLines({ operator, theme }: { operator: Identity | null; theme: "light" | "dark" | null }) {
  return (
    <>
      <ThemeSwitch theme={theme} />
      <button type="button" className="foot-line script-only desk-only" popoverTarget="shortcut-sheet">
        <Icon name="keyboard" small />
        Shortcuts <span className="kbd end">?</span>
      </button>
      <a className="foot-line" href="/password">
        <Icon name="key-round" small />
        Change password
      </a>
      <form action={signOutAction}>
        <button className="foot-line" type="submit" title={operator?.email}>
          <Icon name="log-out" small />
          <span className="cut">
            Sign out{operator ? ` ${person(operator.email)}, ${highestRole(operator) ?? "no role"}` : ""}
          </span>
        </button>
      </form>
    </>
  );
}
