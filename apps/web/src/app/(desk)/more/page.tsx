import { cookies } from "next/headers";
import Link from "next/link";
import { currentOperator } from "../../../features/session/queries.ts";
import { AccountLines } from "../../../features/shell/account.tsx";
import { PLACES } from "../../../features/shell/places.ts";
import { Icon } from "../../../ui/icon.tsx";

export const metadata = { title: "More" };

export default async function MorePage() {
  const [operator, jar] = await Promise.all([currentOperator(), cookies()]);
  const theme = jar.get("hp-theme")?.value;
  return (
    <>
      <div className="page-head">
        <h1>More</h1>
      </div>
      <nav className="panel" aria-label="More places">
        <ul className="more">
          {PLACES.slice(3).map((place) => (
            <li key={place.href}>
              <Link href={place.href} prefetch={false}>
                <Icon name={place.icon} />
                {place.name}
              </Link>
            </li>
          ))}
          <li>
            <Link href="/stop" prefetch={false}>
              <Icon name="octagon" />
              Stop
            </Link>
          </li>
        </ul>
      </nav>
      <div className="panel account">
        <AccountLines
          operator={operator.ok ? operator.data : null}
          theme={theme === "light" || theme === "dark" ? theme : null}
        />
      </div>
    </>
  );
}
