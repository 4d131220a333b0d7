"use client";
import Link, { useLinkStatus } from "next/link";
import { usePathname } from "next/navigation";
import { Icon } from "../../ui/icon.tsx";
import { isHere, PLACES } from "./places.ts";

/** The rail of the desktop: places by name, badges only for what needs a person. */
export function PlaceLinks({ waiting }: { waiting: string | null }) {
  const path = usePathname();
  return PLACES.map((place) => (
    <Link
      key={place.href}
      className="p"
      href={place.href}
      prefetch={false}
      aria-current={isHere(path, place.href) ? "page" : undefined}
    >
      <Icon name={place.icon} />
      {place.name}
      {place.href === "/approvals" && waiting ? (
        <span className="n" aria-label={`${waiting} wait for a person`}>
          {waiting}
        </span>
      ) : null}
      <Going />
    </Link>
  ));
}

/** The bar at the foot of a phone. */
export function TabBar({ waiting }: { waiting: string | null }) {
  const path = usePathname();
  const inMore = !["/", "/approvals", "/jobs"].some((href) => isHere(path, href));
  return (
    <nav className="tabbar" aria-label="Places">
      {PLACES.slice(0, 3).map((place) => (
        <Link
          key={place.href}
          href={place.href}
          prefetch={false}
          aria-current={isHere(path, place.href) ? "page" : undefined}
        >
          <Icon name={place.icon} />
          {place.name}
          {place.href === "/approvals" && waiting ? (
            <span className="n" aria-label={`${waiting} wait for a person`}>
              {waiting}
            </span>
          ) : null}
        </Link>
      ))}
      <Link href="/more" prefetch={false} aria-current={inMore ? "page" : undefined}>
        <Icon name="ellipsis" />
        More
      </Link>
    </nav>
  );
}

/** Marks the link that was pressed while its page is on the way. */
function Going() {
  const { pending } = useLinkStatus();
  return pending ? <span className="going" aria-hidden="true" /> : null;
}
