import Link from "next/link";

const TABS = [
  ["/rules", "Policy and money"],
  ["/rules/limits", "Limits"],
  ["/rules/proof", "Proof and retention"],
] as const;

/** The parts of the place Rules. */
export function RulesTabs({ here }: { here: (typeof TABS)[number][0] }) {
  return (
    <nav className="tabs" aria-label="Rules">
      {TABS.map(([href, name]) => (
        <Link key={href} href={href} prefetch={false} aria-current={href === here ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
