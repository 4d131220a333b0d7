import type { IconName } from "../../ui/icon-names.ts";

export interface Place {
  href: string;
  name: string;
  icon: IconName;
  /** Pressed after g. */
  key: string;
}

/** The places there are, in the order of how often they are used. */
export const PLACES: readonly Place[] = [
  { href: "/", name: "Now", icon: "house", key: "n" },
  { href: "/approvals", name: "Approvals", icon: "inbox", key: "a" },
  { href: "/jobs", name: "Jobs", icon: "list-tree", key: "j" },
  { href: "/incidents", name: "Incidents", icon: "biohazard", key: "i" },
  { href: "/fleet", name: "Fleet", icon: "server", key: "f" },
  { href: "/ventures", name: "Ventures", icon: "layout-grid", key: "v" },
  { href: "/rules", name: "Rules", icon: "sliders-horizontal", key: "r" },
  { href: "/operators", name: "Operators", icon: "user", key: "o" },
];

export function isHere(path: string, href: string): boolean {
  return href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
}
